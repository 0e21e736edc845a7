import type { Emulator } from "../../../src/emulator/index.ts";
import { LLMContext, type LLMMessage, type ToolDefinition } from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask, type PipelineTaskResult } from "../../../src/pipeline/index.ts";
import { createContextAggregators, LevelVADProcessor } from "../../../src/processors/index.ts";
import {
  type ScriptedAnswer,
  ScriptedLLMService,
  ScriptedSTTService,
  ScriptedTTSService,
} from "../../../src/testing/index.ts";
import { TavusTransport } from "../../../src/transport/tavus/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { FACE_ID } from "../../support/tavus.ts";

/** A whole bot with scripted services, in a conversation with a pal, that has a function which runs in the user's page. */
export class RTVIBot implements AsyncDisposable {
  readonly transport: TavusTransport;
  readonly context: LLMContext;
  readonly running: Promise<PipelineTaskResult>;
  readonly #task: PipelineTask;
  readonly #connected = Promise.withResolvers<undefined>();

  constructor({ apiKey, apiUrl }: Emulator) {
    this.transport = new TavusTransport({ botName: "RTVI bot", faceId: FACE_ID, apiKey, apiUrl }, { env: {} });
    this.transport.on("connected", () => this.#connected.resolve(undefined));
    const { rtvi } = this.transport;
    rtvi.onClientRequest("price", ({ data }) => ({ of: data, euros: 3 }));
    const parameters = { type: "object", properties: { fruit: { type: "string" } } };
    const show: ToolDefinition = { name: "show", description: "Shows a fruit in the user's page.", parameters };
    this.context = new LLMContext([], { tools: [show] });
    const { user, assistant } = createContextAggregators(this.context);
    const llm = new ScriptedLLMService({ answers, latencyMs: 20 });
    llm.registerFunction(show.name, rtvi.clientFunction(show.name));
    this.#task = new PipelineTask(
      new Pipeline([
        this.transport.input(),
        // The browser beeps twice per second.
        new LevelVADProcessor({ thresholdDb: -30, startMs: 30, stopMs: 100, gapMs: 30 }),
        new ScriptedSTTService({ transcripts: [{ text: "Good morning", interim: ["Good"] }] }),
        user,
        llm,
        new ScriptedTTSService({ wordMs: 100 }),
        this.transport.output(),
        assistant,
      ]),
      { logger: silentLogger },
    );
    this.running = this.#task.run();
    this.running.catch(() => undefined);
  }

  /**
   * Resolves with the URL of the room once the bot is in it. The client introduces itself once, as soon as it hears anybody:
   * with the pal alone in the room, the bot would never know of it.
   */
  async inItsRoom(): Promise<string> {
    await this.#connected.promise;
    return this.transport.conversationUrl ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task[Symbol.asyncDispose]();
  }
}

/** Answers what is said by its last message. */
function answers(messages: readonly LLMMessage[]): ScriptedAnswer {
  const last = messages.at(-1);
  if (last?.role === "tool") return "There it is.";
  if (last?.content !== "Show me a pear") return "Pears are ripe now.";
  return [{ type: "toolCall", id: "call-1", name: "show", arguments: { fruit: "pear" } }];
}
