import {
  type Frame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../../../../src/frames/index.ts";
import { PcmPartial } from "../../../../src/audio/pcm-partial.ts";
import { Pipeline, PipelineTask, type PipelineTaskResult } from "../../../../src/pipeline/index.ts";
import { ScriptedAudioSink } from "../../../../src/testing/scripted-audio-sink.ts";
import { ScriptedDailyCall } from "../../../../src/testing/scripted-daily-call.ts";
import { ScriptedVideoSink } from "../../../../src/testing/scripted-video-sink.ts";
import { solidPicture } from "../../../../src/testing/solid-picture.ts";
import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { BaseOutputTransport } from "../../../../src/transport/base/base-output-transport.ts";
import { parseTransportParams } from "../../../../src/transport/base/transport-params.ts";
import { TavusVideoService } from "../../../../src/transport/tavus/video-service/tavus-video-service.ts";
import type { TavusVideoServiceOptions } from "../../../../src/transport/tavus/video-service/video-service-options.ts";
import { Collector, TestLogger } from "../../frames.ts";
import { FakeApi, PAL } from "../tavus-harness.ts";

const RATE = 24_000;
const BLOCK_MS = 20;
const BLOCK = (RATE * BLOCK_MS) / 1000;

/** The users' side: a transport of any kind. */
class Output extends BaseOutputTransport {
  readonly #harness: VideoServiceHarness;

  constructor(harness: VideoServiceHarness) {
    const params = { audioOutEnabled: true, videoOutEnabled: true, audioOut10msChunks: 2, audioOutEndSilenceMs: 0 };
    super(parseTransportParams(params), { name: "Output" });
    this.#harness = harness;
  }

  protected override async start(): Promise<void> {
    await this.openSenders();
    if (this.#harness.options.outputIsReady !== false) this.makeReady();
  }

  makeReady(): void {
    this.setTransportReady();
  }

  protected override openSink(_destination: string | undefined, sampleRate: number): Promise<ScriptedAudioSink> {
    const sink = new ScriptedAudioSink({ clock: this.clock, sampleRate });
    this.#harness.outputSinks.push(sink);
    return Promise.resolve(sink);
  }

  protected override openVideoSink(): Promise<ScriptedVideoSink> {
    return Promise.resolve(this.#harness.screen);
  }

  protected override sendMessage(): Promise<void> {
    return Promise.resolve();
  }
}

/** A pal that says what it hears on its track after a while, as Tavus' echo PALs do. */
export class EchoingPal {
  readonly call: ScriptedDailyCall;
  readonly sessionId: string;
  latencyMs: number;
  frozen = false;
  /** How often it was told to stop; it then drops what it has heard by then. */
  interrupts = 0;
  /** How long it takes to do so. */
  obeysAfterMs = 0;
  #at = 0;
  #due: { readonly atMs: number; readonly heardAtMs: number; readonly pcm: Int16Array }[] = [];
  readonly #partial = new PcmPartial(BLOCK);
  #messages = 0;
  #deafForMs = 0;
  readonly #clock: VirtualClock;
  #gone = false;

  constructor(call: ScriptedDailyCall, clock: VirtualClock, latencyMs: number) {
    this.call = call;
    this.latencyMs = latencyMs;
    this.#clock = clock;
    this.#at = this.#sink?.playedSamples ?? 0;
    this.sessionId = call.addParticipant(PAL).sessionId;
    this.#tick();
  }

  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (this.call.participants().has(this.sessionId)) this.call.removeParticipant(this.sessionId);
  }

  get #sink(): ScriptedAudioSink | undefined {
    return this.call.sinks.get("stream");
  }

  #tick(): void {
    if (this.#gone || this.call.state !== "joined") return;
    this.#clock.setTimeout(() => this.#tick(), BLOCK_MS);
    const nowMs = this.#clock.nowMs();
    this.#listen(nowMs);
    this.#obey();
    const due = this.#due[0] && this.#due[0].atMs <= nowMs ? this.#due.shift() : undefined;
    const pcm = this.frozen ? undefined : due?.pcm;
    void this.call.speak(this.sessionId, pcm ?? new Int16Array(BLOCK), { sampleRate: RATE });
    this.call.showImage(this.sessionId, solidPicture(pcm ? [255, 255, 255] : [0, 0, 0], { width: 16, height: 16 }));
  }

  #listen(nowMs: number): void {
    const sink = this.#sink;
    if (!sink) return;
    const played = sink.playedSamples;
    while (this.#at + BLOCK <= played) {
      const pcm = sink.heard().slice(this.#at, this.#at + BLOCK);
      this.#at += BLOCK;
      const isSilent = pcm.every((sample) => sample === 0);
      this.#deafForMs = isSilent ? Math.max(0, this.#deafForMs - BLOCK_MS) : this.#deafForMs;
      if (this.#deafForMs === 0) this.#due.push({ atMs: nowMs + this.latencyMs, heardAtMs: nowMs, pcm });
    }
  }

  #obey(): void {
    const sent = this.call.sent.slice(this.#messages);
    this.#messages = this.call.sent.length;
    for (const { data } of sent) {
      const { event_type: type, properties } = data as EchoMessage;
      if (type === "conversation.echo" && properties) this.#echo(properties);
      if (type !== "conversation.interrupt") continue;
      this.interrupts++;
      const heardMs = this.#clock.nowMs();
      this.#deafForMs = 100;
      this.#clock.setTimeout(() => {
        this.#due = this.#due.filter(({ heardAtMs }) => heardAtMs > heardMs);
      }, this.obeysAfterMs);
    }
  }

  /** In the other delivery. It says at its own pace what arrives faster than that. */
  #echo({ audio }: { readonly audio: string }): void {
    const bytes = Buffer.from(audio, "base64");
    const nowMs = this.#clock.nowMs();
    const pcm = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    this.#partial.add(pcm, (block) => {
      this.#due.push({ atMs: nowMs + this.latencyMs, heardAtMs: nowMs, pcm: block });
    });
  }
}

interface EchoMessage {
  readonly event_type?: string;
  readonly properties?: { readonly audio: string };
}

export interface VideoServiceHarnessOptions {
  readonly options?: TavusVideoServiceOptions;
  readonly env?: Record<string, string>;
  /** Of the pal. Default 300. */
  readonly latencyMs?: number;
  /** Whether a pal joins each room, right after the bot. Default true. */
  readonly palJoins?: boolean;
  readonly outputIsReady?: boolean;
  readonly endTimeoutMs?: number;
  /** Default: one that is made from the other options, with a scripted API and scripted calls. */
  readonly service?: TavusVideoService;
}

/** A task with a TavusVideoService between a source of speech and an output. */
export class VideoServiceHarness {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly api = new FakeApi(this.clock);
  readonly options: VideoServiceHarnessOptions;
  readonly calls: ScriptedDailyCall[] = [];
  readonly pals: EchoingPal[] = [];
  readonly outputSinks: ScriptedAudioSink[] = [];
  readonly screen = new ScriptedVideoSink({ clock: this.clock });
  readonly upstream = new Collector(this.clock, "upstream");
  readonly middle = new Collector(this.clock, "downstream");
  readonly downstream = new Collector(this.clock, "downstream");
  readonly output: Output;
  readonly service: TavusVideoService;
  readonly task: PipelineTask;
  #contexts = 0;
  #run: Promise<PipelineTaskResult> | undefined;

  constructor(options: VideoServiceHarnessOptions = {}) {
    this.options = options;
    this.output = new Output(this);
    const createCall = (): Promise<ScriptedDailyCall> => {
      const call = new ScriptedDailyCall({ clock: this.clock });
      this.calls.push(call);
      return Promise.resolve(call);
    };
    const dependencies = { api: this.api, createCall, env: options.env ?? {}, logger: this.logger };
    this.service = options.service ?? new TavusVideoService({ faceId: "f1", ...options.options }, dependencies);
    this.task = new PipelineTask(
      new Pipeline([this.upstream, this.service, this.middle, this.output, this.downstream]),
      {
        clock: this.clock,
        logger: this.logger,
        params: { endTimeoutMs: options.endTimeoutMs ?? 120_000, enableMetrics: true },
      },
    );
  }

  get call(): ScriptedDailyCall {
    const call = this.calls.at(-1);
    if (!call) throw new Error("There is no call.");
    return call;
  }

  get pal(): EchoingPal {
    const pal = this.pals.at(-1);
    if (!pal) throw new Error("There is no pal.");
    return pal;
  }

  async start(): Promise<this> {
    this.#run = this.task.run();
    this.#run.catch(() => undefined);
    await this.clock.advance(0);
    if (this.options.palJoins !== false) await this.palJoins();
    return this;
  }

  /** A pal joins the latest room, and connects. */
  async palJoins(): Promise<void> {
    this.pals.push(new EchoingPal(this.call, this.clock, this.options.latencyMs ?? 300));
    await this.clock.advance(600);
  }

  async send(...frames: Frame[]): Promise<void> {
    this.task.queueFrames(frames);
    await this.clock.advance(0);
  }

  /**
   * Frames of a TTS service: words of 300 ms with a pause of 100 ms after each, whose sound has a level of its own: 1000 for
   * the first word, 2000 for the second, and so on.
   */
  utterance(words: readonly string[], firstLevel = 1000): Frame[] {
    const contextId = `c${++this.#contexts}`;
    const frames: Frame[] = [new TTSStartedFrame(contextId, { appendToContext: true })];
    for (const [index, word] of words.entries()) {
      const audio = new Int16Array(RATE * 0.4);
      audio.fill(firstLevel + index * 1000, 0, RATE * 0.3);
      frames.push(new TTSAudioRawFrame({ audio, sampleRate: RATE, contextId }));
      const text = new TTSTextFrame(word, { contextId, aggregatedBy: "word" });
      text.audioOffsetMs = index * 400;
      text.ptsMs = this.clock.nowMs() + index * 400;
      frames.push(text);
    }
    return [...frames, new TTSStoppedFrame(contextId)];
  }

  /** The words that left the output, in order. */
  get words(): string[] {
    return this.downstream.of(TTSTextFrame).map(({ text }) => text);
  }

  /** What users have heard: the level of each stretch of sound, with its length in ms; the pal's and the bot's own alike. */
  heard(): { readonly level: number; readonly ms: number }[] {
    const stretches: { level: number; samples: number }[] = [];
    for (const sample of this.outputSinks[0]?.heard() ?? []) {
      const level = Math.round(sample / 1000) * 1000;
      const last = stretches.at(-1);
      if (last?.level === level) last.samples++;
      else stretches.push({ level, samples: 1 });
    }
    return stretches.filter(({ level }) => level > 0).map(({ level, samples }) => ({ level, ms: samples / 24 }));
  }

  /** Audio that the service has pushed, by class. */
  pushed<F extends Frame>(type: abstract new (...args: never[]) => F): F[] {
    return this.middle.of(type);
  }

  /** Lets time pass until the task is over. */
  async finish(): Promise<PipelineTaskResult> {
    if (!this.#run) throw new Error("Not started.");
    for (const pal of this.pals) this.clock.setTimeout(() => undefined, pal.latencyMs);
    return await this.clock.advanceUntil(this.#run, 600_000);
  }
}
