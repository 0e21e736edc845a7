import {
  type Frame,
  type FrameDirection,
  LLMContext,
  type StartFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../src/pipeline/index.ts";
import {
  createContextAggregators,
  type UserContextAggregator,
  type UserContextAggregatorOptions,
} from "../../src/processors/index.ts";
import {
  ScriptedAudioSink,
  ScriptedLLMService,
  type ScriptedLLMServiceOptions,
  ScriptedSTTService,
  ScriptedTTSService,
  type ScriptedTTSServiceOptions,
  VirtualClock,
} from "../../src/testing/index.ts";
import { BaseOutputTransport } from "../../src/transport/base/base-output-transport.ts";
import { parseTransportParams } from "../../src/transport/base/transport-params.ts";
import { sleep } from "../../src/util/deadline.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";

/** Low, because the test inspects every sample. */
const RATE = 8000;
/** Whole chunks of the output. */
const WORD_MS = 240;
const WORD_SAMPLES = (RATE * WORD_MS) / 1000;
/** The loudness of a word identifies it. */
const FIRST_LEVEL = 1000;

export interface ConversationOptions extends Pick<
  ScriptedTTSServiceOptions,
  "aggregation" | "wordTimestamps" | "latencyMs" | "wordDelayMs" | "requests"
> {
  /** The transcript at each end of speech; "" is a cough. */
  readonly transcripts: readonly string[];
  readonly answers: ScriptedLLMServiceOptions["answers"];
  readonly user?: UserContextAggregatorOptions;
  /** Delay of each frame between the output and the assistant aggregator. Default: none. */
  readonly slowMs?: number;
  readonly sinkLatencyMs?: number;
}

/** A word as it was passed to the output. */
interface SpokenWord {
  readonly text: string;
  readonly request: number;
}

/** A whole conversation around the output of a fake sink, in virtual time. The sink records what was heard. */
export class Conversation {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly context = new LLMContext();
  readonly llm: ScriptedLLMService;
  readonly tts: ScriptedTTSService;
  readonly user: UserContextAggregator;
  readonly out = new Collector(this.clock, "downstream");
  readonly task: PipelineTask;
  readonly errors: Error[] = [];
  /** What the user aggregator emitted. */
  readonly reported: string[] = [];
  readonly #output: SinkOutput;
  readonly #words: SpokenWord[] = [];

  constructor({ transcripts, answers, user = {}, slowMs = 0, sinkLatencyMs = 0, ...speech }: ConversationOptions) {
    const { clock, context, logger } = this;
    this.llm = new ScriptedLLMService({ answers, latencyMs: 100.3 });
    const sound = (text: string): Int16Array => {
      this.#words.push({ text, request: this.tts.requests.length - 1 });
      return pcm(WORD_MS, RATE, FIRST_LEVEL + this.#words.length);
    };
    this.tts = new ScriptedTTSService({ sound, ...speech });
    const aggregators = createContextAggregators(context, user);
    this.user = aggregators.user;
    this.user
      .on("falseInterruption", () => this.reported.push("falseInterruption"))
      .on("userIdle", () => this.reported.push("userIdle"))
      .on("userTurnStopped", (text) => this.reported.push(`turn: ${text}`));
    this.#output = new SinkOutput(new ScriptedAudioSink({ clock, sampleRate: RATE, latencyMs: sinkLatencyMs }));
    const stt = new ScriptedSTTService({ transcripts, latencyMs: 150.1 });
    const slow = slowMs > 0 ? [new SlowProcessor(slowMs)] : [];
    const chain = [stt, this.user, this.llm, this.tts, this.#output, ...slow, aggregators.assistant, this.out];
    const params = { endTimeoutMs: 120_000, audioOutSampleRate: RATE };
    this.task = new PipelineTask(new Pipeline(chain), { clock, logger, params });
    this.task.on("error", ({ error }) => this.errors.push(error));
  }

  get sink(): ScriptedAudioSink {
    return this.#output.sink;
  }

  async start(): Promise<this> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    return this;
  }

  /** Voice activity of this duration, followed by the next scripted transcript, if any. */
  async userSpeaks(soundMs = 300): Promise<void> {
    this.task.queueFrame(new VADUserStartedSpeakingFrame({ startDelayMs: 200 }));
    await this.clock.advance(soundMs);
    this.task.queueFrame(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
    await this.clock.advance(0);
  }

  /** Pushes a final transcript of the user. */
  transcript(text: string): TranscriptionFrame {
    return new TranscriptionFrame({ text, userId: "grace", finalized: true });
  }

  async end(): Promise<void> {
    this.task.end();
    await this.clock.advanceUntil(this.task.run());
  }

  /** What the assistant has said according to the context. */
  remembered(): string {
    const texts = this.context.messages.flatMap(({ role, content }) =>
      role === "assistant" ? [content as string] : [],
    );
    return texts.filter((text) => text !== "").join(" ");
  }

  /** The context in comparable form: role, text, and whether it was interrupted. */
  said(): string[] {
    return this.context.messages.map(({ role, content, interrupted }) => {
      return `${role}${interrupted === true ? " (interrupted)" : ""}: ${content as string}`;
    });
  }

  /** The words that were heard: all whose beginning was heard, or only those heard to their end. */
  heard(how: "begun" | "complete" = "begun"): readonly SpokenWord[] {
    const samples = new Map<number, number>();
    for (const level of this.sink.heard()) samples.set(level, (samples.get(level) ?? 0) + 1);
    const enough = how === "begun" ? 1 : WORD_SAMPLES;
    return this.#words.filter((_word, at) => (samples.get(FIRST_LEVEL + 1 + at) ?? 0) >= enough);
  }

  /** What the context should contain: single words with timestamps, otherwise whole units of speech. */
  heardText(wordTimestamps: boolean): string {
    if (wordTimestamps) {
      return this.heard()
        .map(({ text }) => text)
        .join(" ");
    }
    const complete = new Set(this.heard("complete"));
    const isWhole = ({ request }: SpokenWord): boolean => {
      const ofRequest = this.#words.filter((word) => word.request === request);
      const wanted = this.tts.requests[request]?.text.match(/\S+/gu)?.length;
      return ofRequest.length === wanted && ofRequest.every((word) => complete.has(word));
    };
    return this.#words
      .filter(isWhole)
      .map(({ text }) => text)
      .join(" ");
  }
}

class SinkOutput extends BaseOutputTransport {
  readonly sink: ScriptedAudioSink;

  constructor(sink: ScriptedAudioSink) {
    super(parseTransportParams({ audioOutEnabled: true, audioOutEndSilenceMs: 0 }));
    this.sink = sink;
  }

  protected override async start(_frame: StartFrame): Promise<void> {
    await this.openSenders();
    this.setTransportReady();
  }

  protected override openSink(): Promise<ScriptedAudioSink> {
    return Promise.resolve(this.sink);
  }

  protected override sendMessage(): Promise<void> {
    return Promise.resolve();
  }
}

/** Delays every ordered frame, like a processor that looks something up. */
class SlowProcessor extends FrameProcessor {
  readonly #delayMs: number;

  constructor(delayMs: number) {
    super();
    this.#delayMs = delayMs;
  }

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    if (frame.category !== "system" && direction === "downstream") await sleep(this.clock, this.#delayMs, ctx.signal);
    ctx.push(frame, direction);
  }
}
