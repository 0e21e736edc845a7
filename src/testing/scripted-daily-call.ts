import type {
  DailyCallControls,
  CallStatusEvents,
  DailyOptions,
  RemoteParticipantChange,
  TelephonyMethod,
} from "../transport/daily/call-controls.ts";
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
  type CallState,
  type JoinedMeeting,
  type DailyJoinOptions,
  type LeftReason,
  type Participant,
  type TrackSubscription,
  type VideoCapture,
  type VideoCaptureOptions,
} from "../transport/daily/daily-call.ts";
import { DailyCallError } from "../transport/daily/daily-errors.ts";
import { parseVideoOptions, PacedVideoCapture } from "../transport/daily/paced-video-capture.ts";
import { scaleToFit, type Picture } from "../transport/daily/picture.ts";
import { parsePublishFormat, type VideoPublishFormat } from "../transport/daily/video-publishing.ts";
import { sleep } from "../util/deadline.ts";
import { SafeEmitter } from "../util/emitter.ts";
import type { Clock } from "../util/clock.ts";
import { ScriptedAudioSink } from "./scripted-audio-sink.ts";
import { ScriptedVideoTrackSink } from "./scripted-video-track-sink.ts";
import { createScriptedParticipant, type ScriptedParticipant } from "./scripted-participant.ts";

/** Options of a {@link ScriptedDailyCall}. */
export interface ScriptedDailyCallOptions {
  /** Clock of the call. */
  readonly clock: Clock;
  /** How long a join takes, in milliseconds. Default 0. */
  readonly joinDelayMs?: number;
  /** The announced limit of app messages, in characters of JSON. Default 4096. */
  readonly maxAppMessageSize?: number;
  /** Latency of the sinks in milliseconds; see {@link ScriptedAudioSinkOptions.latencyMs}. Default 0. */
  readonly sinkLatencyMs?: number;
  /**
   * The real limit of app messages, in characters of JSON: longer ones are rejected, whatever was announced. Default:
   * the announced limit.
   */
  readonly realMaxAppMessageSize?: number;
}

/** An app message that was sent. */
export interface SentAppMessage {
  /** When it was sent, in milliseconds on the clock. */
  readonly atMs: number;
  /** The message. */
  readonly data: unknown;
  /** Session id of the receiver; undefined for everyone. */
  readonly to?: string;
}

/** Operations that a test can make fail. */
export type ScriptedOperation =
  | keyof DailyCallControls
  | "join"
  | "leave"
  | "sendAppMessage"
  | "subscribe"
  | "publishAudio"
  | "publishVideo"
  | "captureAudio"
  | "captureVideo";

/** A request that a real call passes to daily-js as it is. */
export interface ScriptedControl {
  /** Which one. */
  readonly control: keyof DailyCallControls;
  /** Its argument; for `telephony` the method and its options. */
  readonly argument: unknown;
}

interface ScriptedCapture extends AudioCapture {
  readonly format: AudioFormat;
  deliver(audio: CapturedAudio): void;
}

/** A captured video track. `wanted`: the capture has requested a picture. */
interface ScriptedVideo {
  readonly capture: PacedVideoCapture;
  readonly maxWidth: number;
  wanted: boolean;
}

const BLOCK_MS = 20;

/**
 * A {@link DailyCall} for tests, without daily-js, room or network. The test makes participants join, speak and leave
 * and operations fail, and the call records everything done with it. Time is the given clock's.
 */
export class ScriptedDailyCall implements DailyCall {
  readonly runtime = "scripted";
  /** App messages that were sent. */
  readonly sent: SentAppMessage[] = [];
  /** Published audio tracks by name. */
  readonly sinks = new Map<string, ScriptedAudioSink>();
  /** Published video tracks by name; a closed one stays until its name is published again. */
  readonly videoSinks = new Map<string, ScriptedVideoTrackSink>();
  /** Every subscription that was made. */
  readonly subscriptions: { readonly sessionId: string; readonly subscription: TrackSubscription }[] = [];
  /** Options of every join. */
  readonly joins: DailyJoinOptions[] = [];
  /** Every capture that was opened, as "sessionId/trackName". */
  readonly captured: string[] = [];
  /** Requests such as `startRecording`, in their order. Nothing happens by itself; see {@link ScriptedDailyCall.report}. */
  readonly controls: ScriptedControl[] = [];
  /** What requests are answered with, where the answer matters. Default: their options. */
  readonly answers = new Map<keyof DailyCallControls, unknown>();
  /** How many times the call was left. */
  leaves = 0;
  /** How many times `close` was called. */
  closes = 0;
  readonly #clock: Clock;
  readonly #options: ScriptedDailyCallOptions;
  readonly #emitter = new SafeEmitter<DailyCallEvents>((error) => this.listenerErrors.push(error));
  /** Errors that listeners and receivers of images threw. */
  readonly listenerErrors: Error[] = [];
  readonly #participants = new Map<string, Participant>();
  readonly #captures = new Set<ScriptedCapture>();
  readonly #videos = new Set<ScriptedVideo>();
  /** What each camera shows now, by "sessionId/trackName". */
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

  /** A factory that returns this call, for options that take one. */
  get factory(): DailyCallFactory {
    return () => Promise.resolve(this);
  }

  // For the test.

  /** Adds a participant to the room, before or after the local join. Emits `participantJoined` when joined. */
  addParticipant(script: ScriptedParticipant): Participant {
    const participant = createScriptedParticipant(script, script.sessionId ?? `session-${++this.#ids}`);
    this.#participants.set(participant.sessionId, participant);
    if (this.#state === "joined") this.#emitter.emit("participantJoined", participant);
    return participant;
  }

  /** Changes a participant. Emits `participantUpdated` when joined. */
  updateParticipant(sessionId: string, change: Partial<Omit<Participant, "sessionId">>): Participant {
    const participant = { ...this.#requireParticipant(sessionId), ...change };
    this.#participants.set(sessionId, participant);
    if (this.#state === "joined") this.#emitter.emit("participantUpdated", participant);
    return participant;
  }

  /** Removes a participant and closes their captures. Emits `participantLeft` when joined. */
  removeParticipant(sessionId: string): void {
    const participant = this.#requireParticipant(sessionId);
    this.#participants.delete(sessionId);
    for (const capture of this.#captures) if (capture.sessionId === sessionId) this.#captures.delete(capture);
    this.#closeVideos((capture) => capture.sessionId === sessionId);
    if (this.#state === "joined") this.#emitter.emit("participantLeft", participant);
  }

  /** Delivers an app message from a participant. */
  receive(data: unknown, fromSessionId: string): void {
    if (this.#state === "joined") this.#emitter.emit("appMessage", data, fromSessionId);
  }

  /**
   * Makes a participant speak: captures receive the PCM in blocks of 20 ms, in real time on the clock, resampled by
   * nearest neighbour. Resolves after the last block. The track defaults to the microphone, the rate to 16000 Hz.
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
        capture.deliver({ sessionId, trackName, pcm: resampleNearest(part, sampleRate, rate), sampleRate: rate });
      }
      await sleep(this.#clock, BLOCK_MS);
    }
  }

  /**
   * Sets what a participant's camera, or another video track, shows from now on: an I420 picture such as a
   * `solidPicture`. Captures receive it repeatedly at their rate. Undefined: no more pictures.
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

  /** Returns the track names of a participant's open captures, audio and video. */
  capturesOf(sessionId: string): readonly string[] {
    const captures = [...this.#captures, ...[...this.#videos].map(({ capture }) => capture)];
    return captures.filter((capture) => capture.sessionId === sessionId).map(({ trackName }) => trackName);
  }

  /** Makes the next call of the operation fail with this error. Several errors queue up. */
  failNext(operation: ScriptedOperation, error: Error): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
  }

  /** Emits an event that only reports, as `recordingStarted`, when joined. */
  report<K extends keyof CallStatusEvents>(event: K, ...args: DailyCallEvents[K]): void {
    if (this.#state === "joined") this.#emitter.emit(event, ...args);
  }

  /** Ends the call from the room's side. */
  endFromOutside(reason: LeftReason, message = "The room ended the call."): void {
    this.#end("left");
    this.#emitter.emit("left", reason, message);
  }

  /** Makes the runtime die, as a crashed page does. */
  die(error: Error = new DailyCallError("runtimeDied", "The scripted runtime died.")): void {
    this.#end("failed");
    this.#emitter.emit("error", error);
  }

  // DailyCall.

  async join(options: DailyJoinOptions): Promise<JoinedMeeting> {
    if (this.#state === "closed") throw new DailyCallError("closed", "The call is closed.");
    this.joins.push(options);
    this.#setState("joining");
    if (this.#options.joinDelayMs !== undefined) await sleep(this.#clock, this.#options.joinDelayMs);
    const failure = this.#failures.get("join")?.shift();
    if (failure) {
      this.#setState("failed");
      throw failure;
    }
    this.#sessionId = `local-${++this.#ids}`;
    this.#setState("joined");
    for (const participant of this.#participants.values()) this.#emitter.emit("participantJoined", participant);
    return { sessionId: this.#sessionId, maxAppMessageSize: this.maxAppMessageSize };
  }

  async leave(): Promise<void> {
    if (this.#state !== "joined") return;
    this.leaves++;
    this.#end("left");
    this.#throwIfScripted("leave");
  }

  participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  async sendAppMessage(data: unknown, to?: string): Promise<void> {
    this.#requireJoined();
    this.#throwIfScripted("sendAppMessage");
    const size = JSON.stringify(data).length;
    const limit = this.#options.realMaxAppMessageSize ?? this.maxAppMessageSize;
    if (size > limit) throw new DailyCallError("messageTooLarge", `The message has ${size} characters of ${limit}.`);
    this.sent.push({ atMs: this.#clock.nowMs(), data, ...(to === undefined ? {} : { to }) });
  }

  async subscribe(sessionId: string, subscription: TrackSubscription): Promise<void> {
    this.#requireJoined();
    this.#requireParticipant(sessionId);
    this.#throwIfScripted("subscribe");
    this.subscriptions.push({ sessionId, subscription });
  }

  async publishAudio(trackName: string, format: AudioFormat): Promise<ScriptedAudioSink> {
    this.#requireJoined();
    this.#throwIfScripted("publishAudio");
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

  async publishVideo(trackName: string, format: VideoPublishFormat): Promise<ScriptedVideoTrackSink> {
    this.#requireJoined();
    const parsed = parsePublishFormat(trackName, format);
    if (this.videoSinks.get(trackName)?.closed === false)
      throw new DailyCallError("alreadyPublished", `The video track "${trackName}" is published already.`);
    this.#throwIfScripted("publishVideo");
    const sink = new ScriptedVideoTrackSink({ trackName, format: parsed, clock: this.#clock });
    this.videoSinks.set(trackName, sink);
    return sink;
  }

  async captureAudio(
    sessionId: string,
    trackName: string,
    format: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture> {
    this.#requireJoined();
    this.#requireParticipant(sessionId);
    this.#throwIfScripted("captureAudio");
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
    this.#requireJoined();
    const { fps, format, maxWidth } = parseVideoOptions(trackName, options);
    this.#requireParticipant(sessionId);
    this.#throwIfScripted("captureVideo");
    const capture = new PacedVideoCapture({
      ...{ sessionId, trackName, fps, format, onImage },
      clock: this.#clock,
      want: () => {
        video.wanted = true;
        // Deliver later, as a camera does.
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

  async updateRemoteParticipants(changes: Readonly<Record<string, RemoteParticipantChange>>): Promise<void> {
    this.#requireJoined();
    for (const sessionId of Object.keys(changes)) this.#requireParticipant(sessionId);
    this.#control("updateRemoteParticipants", changes);
  }

  async updateSendSettings(settings: DailyOptions): Promise<DailyOptions> {
    return this.#control("updateSendSettings", settings) as DailyOptions;
  }

  async updateReceiveSettings(settings: DailyOptions): Promise<DailyOptions> {
    return this.#control("updateReceiveSettings", settings) as DailyOptions;
  }

  async startRecording(options: DailyOptions = {}): Promise<void> {
    this.#control("startRecording", options);
  }

  async stopRecording(options: DailyOptions = {}): Promise<void> {
    this.#control("stopRecording", options);
  }

  async startTranscription(options: DailyOptions = {}): Promise<void> {
    this.#control("startTranscription", options);
  }

  async stopTranscription(options: DailyOptions = {}): Promise<void> {
    this.#control("stopTranscription", options);
  }

  async setUserName(name: string): Promise<void> {
    this.#control("setUserName", name);
  }

  async setUserData(data: unknown): Promise<void> {
    this.#control("setUserData", data);
  }

  async telephony(method: TelephonyMethod, options: DailyOptions): Promise<unknown> {
    return this.#control("telephony", { method, options });
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
    this.#end("closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #end(state: "left" | "failed" | "closed"): void {
    if (this.#state === "closed") return;
    const before = this.#state;
    this.#state = state;
    this.#sessionId = undefined;
    this.#captures.clear();
    this.#closeVideos(() => true);
    for (const sink of this.sinks.values()) void sink.close();
    for (const sink of this.videoSinks.values()) sink.release();
    if (state !== before) this.#emitter.emit("callStateUpdated", state, before);
  }

  #setState(state: CallState): void {
    const before = this.#state;
    this.#state = state;
    if (state !== before) this.#emitter.emit("callStateUpdated", state, before);
  }

  #control(control: keyof DailyCallControls, argument: unknown): unknown {
    this.#requireJoined();
    this.#throwIfScripted(control);
    this.controls.push({ control, argument });
    return this.answers.has(control) ? this.answers.get(control) : argument;
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

  #requireJoined(): void {
    if (this.#state !== "joined") throw new DailyCallError("notJoined", "The call has not been joined.");
  }

  #throwIfScripted(operation: ScriptedOperation): void {
    const failure = this.#failures.get(operation)?.shift();
    if (failure) throw failure;
  }

  #requireParticipant(sessionId: string): Participant {
    const participant = this.#participants.get(sessionId);
    if (!participant) throw new DailyCallError("unknownParticipant", `No participant has the session id ${sessionId}.`);
    return participant;
  }
}

/** Resamples by nearest neighbour: correct in length and pitch, which is enough for tests. */
function resampleNearest(pcm: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return pcm.slice();
  const out = new Int16Array(Math.round((pcm.length * to) / from));
  return out.map((_, index) => pcm[Math.min(pcm.length - 1, Math.floor((index * from) / to))] ?? 0);
}
