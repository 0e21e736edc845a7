import { type AvatarState, LLMContext, type LLMMessage, TTSSpeakFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators, LevelVADProcessor } from "../../src/processors/index.ts";
import { ScriptedLLMService, ScriptedSTTService, ScriptedTTSService } from "../../src/testing/index.ts";
import { type AvatarFallback, type TavusConnection, TavusTransport } from "../../src/transport/tavus/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { sentenceWord, wordsOf } from "./sentence.ts";

export interface SentenceBotOptions {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly runtime: "native" | "chromium";
  readonly delivery: "track" | "messages";
  /** How many words its sentence has. */
  readonly words: number;
  readonly fallback: AvatarFallback;
  readonly palReadyTimeoutMs: number;
  readonly palSilenceTimeoutMs: number;
  readonly now: () => number;
}

/** A change of the avatar's state, with the time. */
export interface AvatarChange {
  readonly atMs: number;
  readonly state: AvatarState;
}

export const BOT_NAME = "Polly";
const FACE_ID = "r90bbd427f71";

/** The word of the text that stands for a sound. */
function textOf(word: number): string {
  return `w${word}`;
}

/** The text of a sentence with this many words. */
export function sentenceText(words: number): string {
  return `${Array.from({ length: words }, (_, word) => textOf(word)).join(" ")}.`;
}

/**
 * A bot with the whole chain of a voice bot, and a script in the place of the services: whatever it is asked, it answers with
 * one sentence, whose words have times and can be recognised by their sound.
 */
export class SentenceBot implements AsyncDisposable {
  readonly transport: TavusTransport;
  readonly task: PipelineTask;
  readonly context = new LLMContext([{ role: "system", content: "You count." }]);
  /** The avatar's states, in order. */
  readonly avatar: AvatarChange[] = [];
  /** The rooms that it moved to. */
  readonly moves: { readonly atMs: number; readonly connection: TavusConnection }[] = [];
  readonly errors: Error[] = [];
  readonly #words: number;
  readonly #running: Promise<unknown>;

  constructor(options: SentenceBotOptions, onAvatar: (change: AvatarChange) => void = () => undefined) {
    const { apiUrl, apiKey, runtime, delivery, words, fallback, palReadyTimeoutMs, palSilenceTimeoutMs, now } = options;
    this.#words = words;
    this.transport = new TavusTransport(
      {
        botName: BOT_NAME,
        faceId: FACE_ID,
        apiKey,
        apiUrl,
        runtime,
        fallback,
        journal: false,
        logger: silentLogger,
        params: { audioDelivery: delivery, palReadyTimeoutMs, palSilenceTimeoutMs },
      },
      { env: {} },
    );
    this.transport
      .on("avatarState", (state) => {
        const change = { atMs: now(), state };
        this.avatar.push(change);
        onAvatar(change);
      })
      .on("roomChanged", (connection) => this.moves.push({ atMs: now(), connection }));
    const tts = new ScriptedTTSService({
      latencyMs: 50,
      sound: (word, sampleRate) => sentenceWord(Number(/\d+/.exec(word)?.[0] ?? 0), sampleRate),
    });
    const { user, assistant } = createContextAggregators(this.context);
    this.task = new PipelineTask(
      new Pipeline([
        this.transport.input(),
        new LevelVADProcessor(),
        new ScriptedSTTService({ transcripts: Array.from({ length: 10 }, () => "Please count.") }),
        user,
        new ScriptedLLMService({ answers: () => sentenceText(words), latencyMs: 20, wordDelayMs: 1 }),
        tts,
        this.transport.output(),
        assistant,
      ]),
      { logger: silentLogger },
    );
    this.task.on("error", (frame) => this.errors.push(frame.error));
    this.#running = this.task.run();
    this.#running.catch((thrown: unknown) => this.errors.push(thrown as Error));
  }

  /** Rejects, or resolves, with the end of its pipeline. */
  get ended(): Promise<unknown> {
    return this.#running;
  }

  /** Says the sentence without being asked. */
  speak(): void {
    this.task.queueFrame(new TTSSpeakFrame(sentenceText(this.#words)));
  }

  /** The words of the sentence that the context holds, in the order of its messages. */
  remembered(): number[] {
    const answers = this.context.messages.filter(({ role }: LLMMessage) => role === "assistant");
    return answers.flatMap(({ content }) => wordsOf(typeof content === "string" ? content : ""));
  }

  /** Ends the call. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.task.end("the scene is over");
    await this.#running.catch(() => undefined);
  }
}
