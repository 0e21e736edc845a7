import { LLMContext } from "../../src/frames/index.ts";
import { type FrameProcessor, Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators, LevelVADProcessor } from "../../src/processors/index.ts";
import {
  ScriptedDailyCall,
  type ScriptedDailyCallOptions,
  ScriptedLLMService,
  type ScriptedLLMServiceOptions,
  ScriptedSTTService,
  ScriptedTTSService,
  type ScriptedTTSServiceOptions,
  VirtualClock,
} from "../../src/testing/index.ts";
import { TavusTransport, type TavusTransportOptions } from "../../src/transport/tavus/index.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";
import { FakeApi, PAL, USER } from "../transport/tavus/tavus-harness.ts";

const RATE = 16_000;

/** A message as a client receives it. */
export interface Received {
  readonly label: string;
  readonly type: string;
  readonly id?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface RTVIRigOptions extends Pick<ScriptedTTSServiceOptions, "wordTimestamps"> {
  readonly answers?: ScriptedLLMServiceOptions["answers"];
  readonly transcripts?: readonly string[];
  readonly options?: TavusTransportOptions;
  readonly call?: Partial<ScriptedDailyCallOptions>;
  readonly env?: Readonly<Record<string, string>>;
  readonly metrics?: boolean;
  /** Processors in front of the input. */
  readonly front?: (transport: TavusTransport) => FrameProcessor[];
}

/** A whole bot with scripted services in a scripted room, and clients that speak RTVI with it. */
export class RTVIRig {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly call: ScriptedDailyCall;
  readonly context = new LLMContext();
  readonly llm: ScriptedLLMService;
  readonly transport: TavusTransport;
  readonly out = new Collector(this.clock, "downstream");
  readonly task: PipelineTask;
  readonly errors: Error[] = [];
  #ids = 0;

  constructor({
    answers = [],
    transcripts = [],
    options,
    call,
    env = {},
    metrics = false,
    ...rest
  }: RTVIRigOptions = {}) {
    const { clock, context, logger } = this;
    const room = (this.call = new ScriptedDailyCall({ clock, ...call }));
    const given = { faceId: "f1", botName: "Ada", ...options };
    this.transport = new TavusTransport(given, {
      api: new FakeApi(clock),
      createCall: () => Promise.resolve(room),
      env,
    });
    const { transport } = this;
    const { user, assistant } = createContextAggregators(context);
    this.llm = new ScriptedLLMService({ answers, latencyMs: 100 });
    const stt = new ScriptedSTTService({ transcripts });
    const tts = new ScriptedTTSService({
      sound: (_word, sampleRate) => pcm(240, sampleRate, 8000),
      wordTimestamps: rest.wordTimestamps ?? true,
    });
    const ends = [transport.output(), assistant, this.out];
    const front = rest.front?.(transport) ?? [];
    const chain = [...front, transport.input(), new LevelVADProcessor(), stt, user, this.llm, tts, ...ends];
    const params = { endTimeoutMs: 60_000, enableMetrics: metrics, enableUsageMetrics: metrics };
    this.task = new PipelineTask(new Pipeline(chain), { clock, logger, params });
    this.task.on("error", ({ error }) => this.errors.push(error));
  }

  /** With the pal, and Grace as a user. */
  async start(): Promise<this> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    this.call.addParticipant({ ...PAL, sessionId: "pal" });
    this.call.addParticipant({ ...USER, sessionId: "grace" });
    await this.clock.advance(1000);
    return this;
  }

  /** A session sends a message of RTVI to the bot; returns its id. */
  async send(type: string, data?: unknown, from = "grace", id = `m${++this.#ids}`): Promise<string> {
    this.call.receive({ label: "rtvi-ai", type, id, ...(data !== undefined && { data }) }, from);
    await this.clock.advance(0);
    return id;
  }

  /** A session becomes a client. */
  async ready(from = "grace", version = "2.1.0"): Promise<string> {
    return await this.send("client-ready", { version, about: { library: "test" } }, from);
  }

  /** What a session has received so far. */
  received(to = "grace"): Received[] {
    return this.call.sent
      .filter((message) => message.to === to)
      .map(({ data }) => data as Received)
      .filter(({ label }) => label === "rtvi-ai");
  }

  /** The types of what it has received. */
  types(to = "grace"): string[] {
    return this.received(to).map(({ type }) => type);
  }

  /** The data of all that it has received of a type. */
  data(type: string, to = "grace"): (Readonly<Record<string, unknown>> | undefined)[] {
    return this.received(to)
      .filter((message) => message.type === type)
      .map(({ data }) => data);
  }

  /** Forgets what was sent so far. */
  forget(): void {
    this.call.sent.length = 0;
  }

  /** The user makes a sound for the first duration, then is silent for the second. */
  async hears(soundMs: number, silenceMs: number): Promise<void> {
    const speech = new Int16Array(((soundMs + silenceMs) * RATE) / 1000);
    speech.set(pcm(soundMs, RATE, 8000));
    await this.clock.advanceUntil(this.call.speak("grace", speech));
  }
}
