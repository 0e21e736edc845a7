import { CartesiaTTSService } from "../../src/services/cartesia/index.ts";
import { DeepgramSTTService } from "../../src/services/deepgram/index.ts";
import { OpenAILLMService } from "../../src/services/openai/index.ts";
import { LLMContext, type LLMMessage } from "../../src/frames/index.ts";
import { LatencyObserver } from "../../src/observers/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators, LevelVADProcessor, type UserTurnStrategies } from "../../src/processors/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";

import { BOT_NAME } from "./sentence-bot.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";

/** Where a vendor is, and the key that it accepts. */
export interface VendorPlace {
  readonly url: string;
  readonly apiKey: string;
}

export interface ServicesBotOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly deepgram: VendorPlace;
  readonly openai: VendorPlace;
  readonly cartesia: VendorPlace;
  /** Silence that ends speech, in milliseconds. Default 500. */
  readonly vadStopMs?: number;
  readonly turns?: UserTurnStrategies;
}

/** A whole bot on the vendors' adapters, in a local room. */
export class ServicesBot implements AsyncDisposable {
  readonly transport: TavusTransport;
  readonly task: PipelineTask;
  readonly latency = new LatencyObserver();
  readonly context = new LLMContext([{ role: "system", content: "You repeat what you hear." }]);
  readonly errors: Error[] = [];
  /** When the turns of the user started, on the system clock. */
  readonly turnsStartedAtMs: number[] = [];
  readonly #running: Promise<unknown>;

  constructor({ apiUrl, apiKey, deepgram, openai, cartesia, vadStopMs, turns }: ServicesBotOptions) {
    this.transport = new TavusTransport(
      {
        ...{ botName: BOT_NAME, faceId: "r90bbd427f71", apiKey, apiUrl },
        ...{ runtime: "native", journal: false, logger: silentLogger },
      },
      { env: {} },
    );
    const { user, assistant } = createContextAggregators(this.context, turns === undefined ? {} : { turns });
    user.on("userTurnStarted", () => this.turnsStartedAtMs.push(systemClock.nowMs()));
    this.task = new PipelineTask(
      new Pipeline([
        this.transport.input(),
        new LevelVADProcessor(vadStopMs === undefined ? {} : { stopMs: vadStopMs }),
        new DeepgramSTTService({ apiKey: deepgram.apiKey, baseUrl: deepgram.url }),
        user,
        new OpenAILLMService({ apiKey: openai.apiKey, baseUrl: openai.url }),
        new CartesiaTTSService({ apiKey: cartesia.apiKey, baseUrl: cartesia.url }),
        this.transport.output(),
        assistant,
      ]),
      { logger: silentLogger, observers: [this.latency] },
    );
    this.task.on("error", ({ error }) => this.errors.push(error));
    this.#running = this.task.run();
    this.#running.catch((thrown: unknown) => this.errors.push(thrown as Error));
  }

  /** Rejects, or resolves, with the end of its pipeline. */
  get ended(): Promise<unknown> {
    return this.#running;
  }

  /** The messages of one role, oldest first. */
  said(role: LLMMessage["role"]): readonly LLMMessage[] {
    return this.context.messages.filter((message) => message.role === role);
  }

  /** Ends the call. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.task.cancel("the scene is over");
    await this.#running.catch(() => undefined);
  }
}
