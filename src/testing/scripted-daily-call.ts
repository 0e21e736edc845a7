import {
  CAMERA,
  MICROPHONE,
  type AudioCapture,
  type AudioFormat,
  type CapturedAudio,
  type CapturedVideo,
  type DailyCall,
  type DailyCallEvents,
  type DailyCallFactory,
  type JoinedMeeting,
  type JoinOptions,
  type LeftReason,
  type Participant,
  type TrackSubscription,
  type VideoCapture,
  type VideoCaptureOptions,
} from "../transport/daily/daily-call.ts";
import { DailyCallError } from "../transport/daily/daily-errors.ts";
import { checkedVideoOptions, PacedVideoCapture } from "../transport/daily/paced-video-capture.ts";
import { scaleToFit, type Picture } from "../transport/daily/picture.ts";
import { sleep } from "../util/deadline.ts";
import { SafeEmitter } from "../util/emitter.ts";
import type { Clock } from "../util/clock.ts";
import { ScriptedAudioSink } from "./scripted-audio-sink.ts";
import { scriptedParticipant, type ScriptedParticipant } from "./scripted-participant.ts";

export interface ScriptedDailyCallOptions {
  readonly clock: Clock;
  /** How long a join takes. Default 0. */
  readonly joinDelayMs?: number;
  /** In characters of JSON. Default 4096. */
  readonly maxAppMessageSize?: number;
  /** Of the sinks; see {@link ScriptedAudioSink}. Default 0. */
  readonly sinkLatencyMs?: number;
  /** What the limit the room announces hides: messages beyond this are refused, whatever was announced. */
  readonly realMaxAppMessageSize?: number;
}

export interface SentAppMessage {
  readonly atMs: number;
  readonly data: unknown;
  readonly to?: string;
}

/** Operations that can be told to fail. */
export type ScriptedOperation =
  "join" | "leave" | "sendAppMessage" | "subscribe" | "publishAudio" | "captureAudio" | "captureVideo";

interface ScriptedCapture extends AudioCapture {
  readonly format: AudioFormat;
  deliver(audio: CapturedAudio): void;
}

/** A video track that is captured; `want` is told when a picture is ordered. */
interface ScriptedVideo {
  readonly capture: PacedVideoCapture;
  readonly maxWidth: number;
  wanted: boolean;
}

const BLOCK_MS = 20;

/**
 * A Daily call without daily-js, room or network: a script says who joins, speaks and leaves and what goes wrong, and
 * everything asked of the call is remembered with its time. Time is the given clock's.
 */
export class ScriptedDailyCall implements DailyCall {
  readonly runtime = "scripted";
  readonly sent: SentAppMessage[] = [];
  readonly sinks = new Map<string, ScriptedAudioSink>();
  readonly subscriptions: { readonly sessionId: string; readonly subscription: TrackSubscription }[] = [];
  readonly joins: JoinOptions[] = [];
  /** Every capture ever opened, "sessionId/trackName". */
  readonly captured: string[] = [];
  leaves = 0;
  closes = 0;
  readonly #clock: Clock;
  readonly #options: ScriptedDailyCallOptions;
  readonly #emitter = new SafeEmitter<DailyCallEvents>((error) => this.listenerErrors.push(error));
  readonly listenerErrors: Error[] = [];
  readonly #participants = new Map<string, Participant>();
  readonly #captures = new Set<ScriptedCapture>();
  readonly #videos = new Set<ScriptedVideo>();
  /** What cameras show now, by "sessionId/trackName". */
  readonly #pictures = new Map<string, Picture>();
  readonly #failures = new Map<ScriptedOperation, Error[]>();
  #state: DailyCall["state"] = "new";
  #sessionId: string | undefined;
  #ids = 0;

  constructor(options: ScriptedDailyCallOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  get state(): DailyCall["state"] {
    return this.#state;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  get maxAppMessageSize(): number {
    return this.#options.maxAppMessageSize ?? 4096;
  }

  /** A factory that gives out this call, for options that take one. */
  get factory(): DailyCallFactory {
    return () => Promise.resolve(this);
  }

  // What a test does.

  /** Someone enters the room, before or after our own join. */
  addParticipant(script: ScriptedParticipant): Participant {
    const participant = scriptedParticipant(script, script.sessionId ?? `session-${++this.#ids}`);
    this.#participants.set(participant.sessionId, participant);
    if (this.#state === "joined") this.#emitter.emit("participantJoined", participant);
    return participant;
  }

  updateParticipant(sessionId: string, change: Partial<Omit<Participant, "sessionId">>): Participant {
    const participant = { ...this.#participant(sessionId), ...change };
    this.#participants.set(sessionId, participant);
    if (this.#state === "joined") this.#emitter.emit("participantUpdated", participant);
    return participant;
  }

  removeParticipant(sessionId: string): void {
    const participant = this.#participant(sessionId);
    this.#participants.delete(sessionId);
    for (const capture of this.#captures) if (capture.sessionId === sessionId) this.#captures.delete(capture);
    this.#closeVideos((capture) => capture.sessionId === sessionId);
    if (this.#state === "joined") this.#emitter.emit("participantLeft", participant);
  }

  /** An app message from a participant. */
  receive(data: unknown, fromSessionId: string): void {
    if (this.#state === "joined") this.#emitter.emit("appMessage", data, fromSessionId);
  }

  /**
   * A participant speaks: its captures get the PCM in blocks of 20 ms, in real time on the clock, resampled crudely.
   * Resolves after the last block.
   */
  async speak(
    sessionId: string,
    pcm: Int16Array,
    options: { readonly sampleRate?: number; readonly trackName?: string } = {},
  ): Promise<void> {
    const { sampleRate = 16_000, trackName = MICROPHONE } = options;
    const block = (sampleRate * BLOCK_MS) / 1000;
    for (let at = 0; at < pcm.length; at += block) {
      const part = pcm.subarray(at, at + block);
      for (const capture of this.#captures) {
        if (capture.sessionId !== sessionId || capture.trackName !== trackName) continue;
        const rate = capture.format.sampleRate;
        capture.deliver({ sessionId, trackName, pcm: nearest(part, sampleRate, rate), sampleRate: rate });
      }
      await sleep(this.#clock, BLOCK_MS);
    }
  }

  /**
   * A participant's camera, or another video track, shows this from now on: a picture in I420, such as a `solidPicture`.
   * Captures get it at their rate, again and again as of a camera that stands still. Undefined: nothing any more.
   */
  showImage(
    sessionId: string,
    picture: Picture | undefined,
    { trackName = CAMERA }: { readonly trackName?: string } = {},
  ): void {
    const key = `${sessionId}/${trackName}`;
    if (picture) this.#pictures.set(key, picture);
    else this.#pictures.delete(key);
    for (const video of this.#videos) this.#deliver(video);
  }

  /** Open captures of a participant, of either kind. */
  capturesOf(sessionId: string): readonly string[] {
    const captures = [...this.#captures, ...[...this.#videos].map(({ capture }) => capture)];
    return captures.filter((capture) => capture.sessionId === sessionId).map(({ trackName }) => trackName);
  }

  /** The next call of that operation fails with this error. Several queue up. */
  failNext(operation: ScriptedOperation, error: Error): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
  }

  /** The room ends the call for us. */
  endFromOutside(reason: LeftReason, message = "The room ended the call."): void {
    this.#over("left");
    this.#emitter.emit("left", reason, message);
  }

  /** The runtime dies, as a crashed page does. */
  die(error: Error = new DailyCallError("runtimeDied", "The scripted runtime died.")): void {
    this.#over("failed");
    this.#emitter.emit("error", error);
  }

  // DailyCall.

  async join(options: JoinOptions): Promise<JoinedMeeting> {
    if (this.#state === "closed") throw new DailyCallError("closed", "The call is closed.");
    this.joins.push(options);
    this.#state = "joining";
    if (this.#options.joinDelayMs !== undefined) await sleep(this.#clock, this.#options.joinDelayMs);
    const failure = this.#failures.get("join")?.shift();
    if (failure) {
      this.#state = "failed";
      throw failure;
    }
    this.#state = "joined";
    this.#sessionId = `local-${++this.#ids}`;
    for (const participant of this.#participants.values()) this.#emitter.emit("participantJoined", participant);
    return { sessionId: this.#sessionId, maxAppMessageSize: this.maxAppMessageSize };
  }

  async leave(): Promise<void> {
    if (this.#state !== "joined") return;
    this.leaves++;
    this.#over("left");
    this.#mayFail("leave");
  }

  participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  async sendAppMessage(data: unknown, to?: string): Promise<void> {
    this.#joined();
    this.#mayFail("sendAppMessage");
    const size = JSON.stringify(data).length;
    const limit = this.#options.realMaxAppMessageSize ?? this.maxAppMessageSize;
    if (size > limit) throw new DailyCallError("messageTooLarge", `The message has ${size} characters of ${limit}.`);
    this.sent.push({ atMs: this.#clock.nowMs(), data, ...(to === undefined ? {} : { to }) });
  }

  async subscribe(sessionId: string, subscription: TrackSubscription): Promise<void> {
    this.#joined();
    this.#participant(sessionId);
    this.#mayFail("subscribe");
    this.subscriptions.push({ sessionId, subscription });
  }

  async publishAudio(trackName: string, format: AudioFormat): Promise<ScriptedAudioSink> {
    this.#joined();
    this.#mayFail("publishAudio");
    const { sinkLatencyMs: latencyMs } = this.#options;
    const sink = new ScriptedAudioSink({
      clock: this.#clock,
      sampleRate: format.sampleRate,
      channels: format.channels ?? 1,
      ...(latencyMs === undefined ? {} : { latencyMs }),
    });
    this.sinks.set(trackName, sink);
    return sink;
  }

  async captureAudio(
    sessionId: string,
    trackName: string,
    format: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture> {
    this.#joined();
    this.#participant(sessionId);
    this.#mayFail("captureAudio");
    const capture: ScriptedCapture = {
      sessionId,
      trackName,
      format,
      deliver: onAudio,
      close: () => this.#captures.delete(capture),
    };
    this.#captures.add(capture);
    this.captured.push(`${sessionId}/${trackName}`);
    return capture;
  }

  async captureVideo(
    sessionId: string,
    trackName: string,
    options: VideoCaptureOptions,
    onImage: (video: CapturedVideo) => unknown,
  ): Promise<VideoCapture> {
    this.#joined();
    const { fps, format, maxWidth } = checkedVideoOptions(trackName, options);
    this.#participant(sessionId);
    this.#mayFail("captureVideo");
    const capture = new PacedVideoCapture({
      ...{ sessionId, trackName, fps, format, onImage },
      clock: this.#clock,
      want: () => {
        video.wanted = true;
        // Later, as all that comes from a camera.
        queueMicrotask(() => {
          this.#deliver(video);
        });
      },
      onReceiverFailed: (error) => this.listenerErrors.push(error),
      onClose: () => this.#videos.delete(video),
    });
    const video: ScriptedVideo = { capture, maxWidth, wanted: false };
    this.#videos.add(video);
    this.captured.push(`${sessionId}/${trackName}`);
    capture.start();
    return capture;
  }

  on<K extends keyof DailyCallEvents>(event: K, listener: (...args: DailyCallEvents[K]) => unknown): this {
    this.#emitter.on(event, listener);
    return this;
  }

  off<K extends keyof DailyCallEvents>(event: K, listener: (...args: DailyCallEvents[K]) => unknown): this {
    this.#emitter.off(event, listener);
    return this;
  }

  async close(): Promise<void> {
    this.closes++;
    this.#over("closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #over(state: "left" | "failed" | "closed"): void {
    if (this.#state === "closed") return;
    this.#state = state;
    this.#sessionId = undefined;
    this.#captures.clear();
    this.#closeVideos(() => true);
    for (const sink of this.sinks.values()) void sink.close();
  }

  #deliver(video: ScriptedVideo): void {
    const { sessionId, trackName } = video.capture;
    const picture = this.#pictures.get(`${sessionId}/${trackName}`);
    if (!picture || !video.wanted) return;
    video.wanted = false;
    const { image, width, height } = scaleToFit(picture, video.maxWidth);
    // The receiver owns its bytes.
    video.capture.arrived({ image: image.slice(), width, height });
  }

  #closeVideos(which: (capture: VideoCapture) => boolean): void {
    for (const { capture } of [...this.#videos]) if (which(capture)) capture.close();
  }

  #joined(): void {
    if (this.#state !== "joined") throw new DailyCallError("notJoined", "The call has not been joined.");
  }

  #mayFail(operation: ScriptedOperation): void {
    const failure = this.#failures.get(operation)?.shift();
    if (failure) throw failure;
  }

  #participant(sessionId: string): Participant {
    const participant = this.#participants.get(sessionId);
    if (!participant) throw new DailyCallError("unknownParticipant", `Nobody here has the session id ${sessionId}.`);
    return participant;
  }
}

/** Nearest neighbour: right in length, and in pitch; good enough for a fake. */
function nearest(pcm: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return pcm.slice();
  const out = new Int16Array(Math.round((pcm.length * to) / from));
  return out.map((_, index) => pcm[Math.min(pcm.length - 1, Math.floor((index * from) / to))] ?? 0);
}
