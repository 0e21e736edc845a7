import type { Clock } from "../../util/clock.ts";
import { deferred, withDeadline } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { isLoopbackHost } from "../../util/loopback.ts";
import type { CallControls, DailyOptions, RemoteParticipantChange, TelephonyMethod } from "./call-controls.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import type { CallHost, StartHost } from "./call-host.ts";
import { CallMedia } from "./call-media.ts";
import type {
  AudioCapture,
  AudioFormat,
  CapturedAudio,
  CapturedVideo,
  DailyCall,
  DailyCallEvents,
  CallState,
  DailyRuntimeName,
  JoinedMeeting,
  DailyJoinOptions,
  Participant,
  TrackSubscription,
  VideoCapture,
  VideoCaptureOptions,
} from "./daily-call.ts";
import { DailyCallError } from "./daily-errors.ts";
import type { ControlRequestOf, DriverEvent, DriverMethod, DriverRequests } from "./driver-messages.ts";
import { parseVideoOptions } from "./paced-video-capture.ts";
import type { VideoPublishFormat, VideoTrackSink } from "./video-publishing.ts";
import { parseRoomUrl } from "./room-url.ts";

/** The deadlines of a call. */
export interface CallTimeouts {
  /** For starting the runtime, and again for a join with the load of the call machine, in milliseconds. Default 30000. */
  readonly joinTimeoutMs?: number;
  /** For leaving, and again for closing, in milliseconds. Default 5000. */
  readonly leaveTimeoutMs?: number;
  /** For every other request to daily-js (publish, capture, subscribe, send), in milliseconds. Default 20000. */
  readonly requestTimeoutMs?: number;
}

export interface HostedDailyCallOptions extends CallTimeouts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** See `CreateDailyCallOptions`. Default false. */
  readonly jitterBuffer?: boolean;
}

/** Events that may wait until a join is complete. */
const MOST_EARLY_EVENTS = 1000;

interface Joining {
  readonly is: "joining";
  /** Events from before the join is complete: listeners must find a call that they can use. */
  readonly early: DriverEvent[];
  hasDropped: boolean;
  /** Ends the wait for the join: daily-js never settles one that is cut short. */
  readonly abandon: (error: Error) => void;
}

type State =
  | { readonly is: "new" | "left" | "failed" | "closed" }
  | Joining
  | { readonly is: "joined"; readonly sessionId: string };

/** The {@link DailyCall} of both real runtimes: state, participants, deadlines and lifetimes; its host does the rest. */
export class HostedDailyCall implements DailyCall {
  readonly #clock: Clock;
  readonly #emitter: SafeEmitter<DailyCallEvents>;
  readonly #jitterBuffer: boolean;
  readonly #joinTimeoutMs: number;
  readonly #leaveTimeoutMs: number;
  readonly #requestTimeoutMs: number;
  readonly #participants = new Map<string, Participant>();
  readonly #media: CallMedia;
  #host!: CallHost;
  #state: State = { is: "new" };
  /** As the room that was joined last has it. */
  #maxAppMessageSize = 4096;
  #closing: Promise<void> | undefined;

  private constructor({ clock, logger, jitterBuffer = false, ...timeouts }: HostedDailyCallOptions) {
    const { joinTimeoutMs = 30_000, leaveTimeoutMs = 5000, requestTimeoutMs = 20_000 } = timeouts;
    this.#clock = clock;
    this.#jitterBuffer = jitterBuffer;
    this.#joinTimeoutMs = joinTimeoutMs;
    this.#leaveTimeoutMs = leaveTimeoutMs;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#emitter = new SafeEmitter((error, event) => {
      logger.error(`A listener for the call's "${event}" failed.`, { error });
    });
    this.#media = new CallMedia({
      clock,
      host: () => this.#host,
      ask: (method, argument) => this.#ask(method, argument),
      isJoined: () => this.#state.is === "joined",
      warn: (message) => {
        this.#emitter.emit("warning", message);
      },
    });
  }

  /** Starts the host and returns the call; rejects with the reason why the host cannot run here. */
  static async start(startHost: StartHost, options: HostedDailyCallOptions): Promise<HostedDailyCall> {
    const call = new HostedDailyCall(options);
    let isHandedOut = false;
    call.#host = await startHost({
      onEvent: (event) => {
        call.#receive(event);
      },
      onDeath: (error) => {
        call.#die(error);
      },
      onWarning: (message) => {
        // While the host starts, the call has no listeners yet.
        if (isHandedOut) call.#emitter.emit("warning", message);
        else options.logger.warn(message);
      },
    });
    isHandedOut = true;
    return call;
  }

  get runtime(): DailyRuntimeName {
    return this.#host.runtime;
  }

  get state(): DailyCall["state"] {
    return this.#state.is;
  }

  get sessionId(): string | undefined {
    return this.#state.is === "joined" ? this.#state.sessionId : undefined;
  }

  get maxAppMessageSize(): number {
    return this.#maxAppMessageSize;
  }

  participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  async join(options: DailyJoinOptions): Promise<JoinedMeeting> {
    const url = parseRoomUrl(options.url);
    if (this.state !== "new" && this.state !== "left")
      throw new DailyCallError("joinFailed", `A call that is "${this.#state.is}" cannot be joined; make a new one.`);

    const abandoned = deferred<never>();
    const abandon = (error: Error): void => {
      abandoned.reject(error);
    };
    const joining: Joining = { is: "joining", early: [], hasDropped: false, abandon };
    this.#setState(joining);
    // A local room provides its own call machine; that of a real room is on Daily's CDN.
    const bundle = isLoopbackHost(url.hostname) ? { bundlePath: `${url.origin}/_daily` } : {};
    try {
      const work = this.#host.request("join", {
        ...options,
        url: url.href,
        ...bundle,
        ...(this.#jitterBuffer && { jitterBuffer: true }),
      });
      const joined = await withDeadline(
        this.#clock,
        Promise.race([work, abandoned.promise]),
        this.#joinTimeoutMs,
        `Joining ${url.origin}${url.pathname}`,
      );
      this.#maxAppMessageSize = joined.maxAppMessageSize;
      this.#setState({ is: "joined", sessionId: joined.sessionId });
      for (const event of joining.early) this.#receive(event);
      return joined;
    } catch (thrown) {
      if (this.#state === joining) this.#setState({ is: "left" });
      // A join that is only late must not leave a participant in the room.
      if (this.state === "left") void this.#host.request("leave", undefined).catch(() => undefined);
      throw thrown;
    }
  }

  async leave(): Promise<void> {
    if (this.#state.is !== "joined") return;
    this.#release("left");
    await withDeadline(this.#clock, this.#host.request("leave", undefined), this.#leaveTimeoutMs, "Leaving the room");
  }

  async sendAppMessage(data: unknown, to = "*"): Promise<void> {
    this.#mustBeJoined();
    // TypeScript says that this is a string; for undefined and functions it is not.
    const json = JSON.stringify(data) as string | undefined;
    if (json === undefined) throw new InvalidOptionError("data", "must be a value that JSON can hold.");
    if (json.length > this.#maxAppMessageSize) {
      throw new DailyCallError(
        "messageTooLarge",
        `The app message has ${json.length} characters; this room takes ${this.#maxAppMessageSize}.`,
      );
    }
    await this.#ask("sendAppMessage", { data, to });
  }

  async subscribe(sessionId: string, subscription: TrackSubscription): Promise<void> {
    this.#mustBeJoined();
    await this.#ask("subscribe", { sessionId, subscription });
  }

  async publishAudio(trackName: string, format: AudioFormat): Promise<AudioSink> {
    this.#mustBeJoined();
    return await this.#media.publishAudio(trackName, format);
  }

  async publishVideo(trackName: string, format: VideoPublishFormat): Promise<VideoTrackSink> {
    this.#mustBeJoined();
    return await this.#media.publishVideo(trackName, format);
  }

  async captureAudio(
    sessionId: string,
    trackName: string,
    format: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture> {
    this.#mustBeJoined();
    return await this.#media.captureAudio(sessionId, trackName, format, onAudio);
  }

  async captureVideo(
    sessionId: string,
    trackName: string,
    options: VideoCaptureOptions,
    onImage: (video: CapturedVideo) => unknown,
  ): Promise<VideoCapture> {
    this.#mustBeJoined();
    const parsed = parseVideoOptions(trackName, options);
    if (this.#participants.get(sessionId)?.custom[trackName]?.kind === "audio")
      throw new DailyCallError("trackFailed", `The track "${trackName}" of ${sessionId} is an audio track.`);
    return await this.#media.captureVideo(sessionId, trackName, parsed, onImage);
  }

  async updateRemoteParticipants(changes: Readonly<Record<string, RemoteParticipantChange>>): Promise<void> {
    await this.#control("updateRemoteParticipants", changes);
  }

  updateSendSettings(settings: DailyOptions): Promise<DailyOptions> {
    return this.#control("updateSendSettings", settings);
  }

  updateReceiveSettings(settings: DailyOptions): Promise<DailyOptions> {
    return this.#control("updateReceiveSettings", settings);
  }

  async startRecording(options: DailyOptions = {}): Promise<void> {
    await this.#control("startRecording", options);
  }

  async stopRecording(options: DailyOptions = {}): Promise<void> {
    await this.#control("stopRecording", options);
  }

  async startTranscription(options: DailyOptions = {}): Promise<void> {
    await this.#control("startTranscription", options);
  }

  async stopTranscription(options: DailyOptions = {}): Promise<void> {
    await this.#control("stopTranscription", options);
  }

  async setUserName(name: string): Promise<void> {
    await this.#control("setUserName", name);
  }

  async setUserData(data: unknown): Promise<void> {
    await this.#control("setUserData", data);
  }

  telephony(method: TelephonyMethod, options: DailyOptions): Promise<unknown> {
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

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const before = this.state;
    this.#release("closed");
    if (before !== "failed") {
      const destroyed = this.#host.request("destroy", undefined);
      await withDeadline(this.#clock, destroyed, this.#leaveTimeoutMs, "Leaving the room").catch((thrown: unknown) => {
        this.#emitter.emit("warning", `The call was closed without a proper leave: ${asError(thrown).message}`);
      });
    }
    await this.#host.close();
    this.#emitter.removeAllListeners();
  }

  #ask<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]> {
    return withDeadline(
      this.#clock,
      this.#host.request(method, argument),
      this.#requestTimeoutMs,
      `daily-js' answer to "${method}"`,
    );
  }

  async #control<C extends keyof CallControls>(control: C, argument: CallControls[C][0]): Promise<CallControls[C][1]> {
    this.#mustBeJoined();
    return await this.#ask("control", { control, argument } as ControlRequestOf);
  }

  #setState(state: State): void {
    const before = this.#state.is;
    this.#state = state;
    this.#reportState(before);
  }

  #reportState(before: CallState): void {
    if (this.#state.is !== before) this.#emitter.emit("callStateUpdated", this.#state.is, before);
  }

  #mustBeJoined(): void {
    if (this.#state.is !== "joined")
      throw new DailyCallError("notJoined", `The call is "${this.#state.is}", not joined.`);
  }

  #receive(event: DriverEvent): void {
    if (this.#state.is === "joining") {
      this.#holdEarly(this.#state, event);
      return;
    }
    switch (event.type) {
      case "participantJoined":
      case "participantUpdated": {
        const { participant } = event;
        // daily-js may report an update of a participant whose join it has not reported; here that is the join.
        const known = this.#participants.has(participant.sessionId);
        this.#participants.set(participant.sessionId, participant);
        this.#emitter.emit(known ? "participantUpdated" : "participantJoined", participant);
        break;
      }
      case "participantLeft":
        this.#media.participantLeft(event.participant.sessionId);
        if (this.#participants.delete(event.participant.sessionId))
          this.#emitter.emit("participantLeft", event.participant);
        break;
      case "appMessage":
        this.#emitter.emit("appMessage", event.data, event.from);
        break;
      case "left":
        if (this.#state.is !== "joined") break;
        this.#release("left");
        this.#emitter.emit("left", event.reason, event.message);
        break;
      case "status":
        // TypeScript does not see that the name and the argument belong together.
        (this.#emitter as SafeEmitter<Record<string, unknown[]>>).emit(event.name, event.argument);
        break;
      case "warning":
        this.#emitter.emit("warning", event.message);
        break;
    }
  }

  /** Only app messages are sent at will; a participant could send them faster than we join. */
  #holdEarly(joining: Joining, event: DriverEvent): void {
    if (event.type !== "appMessage" || joining.early.length < MOST_EARLY_EVENTS) {
      joining.early.push(event);
    } else if (!joining.hasDropped) {
      joining.hasDropped = true;
      const message = "Too many app messages arrived during the join; some are lost.";
      joining.early.push({ type: "warning", message });
    }
  }

  #die(error: Error): void {
    if (this.#state.is === "closed" || this.#state.is === "failed") return;
    this.#release("failed");
    this.#emitter.emit("error", error);
  }

  #release(is: "left" | "failed" | "closed"): void {
    const before = this.#state;
    this.#state = { is };
    this.#participants.clear();
    this.#media.release();
    this.#reportState(before.is);
    if (before.is === "joining") before.abandon(new DailyCallError("closed", "The call was closed while it joined."));
  }
}
