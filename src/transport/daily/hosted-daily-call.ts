import type { Clock } from "../../util/clock.ts";
import { deferred, withDeadline } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { isLoopbackHost } from "../../util/loopback.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import type { CallHost, HostedSink, StartHost } from "./call-host.ts";
import {
  type AudioCapture,
  type AudioFormat,
  CAMERA,
  type CapturedAudio,
  type CapturedVideo,
  type DailyCall,
  type DailyCallEvents,
  type DailyRuntimeName,
  type JoinedMeeting,
  type JoinOptions,
  type Participant,
  PUBLISH_RATES,
  SCREEN_VIDEO,
  type TrackSubscription,
  type VideoCapture,
  type VideoCaptureOptions,
} from "./daily-call.ts";
import { DailyCallError } from "./daily-errors.ts";
import type { DriverEvent, DriverMethod, DriverRequests } from "./driver-messages.ts";
import { checkedVideoOptions, PacedVideoCapture } from "./paced-video-capture.ts";

export interface CallTimeouts {
  /** For starting the runtime, and for a join, the call machine's load included, each. Default 30 s. */
  readonly joinTimeoutMs?: number;
  /** For leaving, and for letting go of everything. Default 5 s each. */
  readonly leaveTimeoutMs?: number;
  /** For anything else that daily-js is asked: publishing, capturing, subscribing, sending. Default 20 s. */
  readonly requestTimeoutMs?: number;
}

export interface HostedDailyCallOptions extends CallTimeouts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Events that may wait for a join to be complete. */
const MOST_EARLY_EVENTS = 1000;

type CallState = DailyCall["state"];

/** The {@link DailyCall} of both real runtimes: state, participants and lifetimes; its host does the rest. */
export class HostedDailyCall implements DailyCall {
  readonly #clock: Clock;
  readonly #emitter: SafeEmitter<DailyCallEvents>;
  readonly #joinTimeoutMs: number;
  readonly #leaveTimeoutMs: number;
  readonly #requestTimeoutMs: number;
  readonly #participants = new Map<string, Participant>();
  readonly #sinks = new Set<HostedSink>();
  readonly #captures = new Set<number>();
  readonly #videoCaptures = new Set<PacedVideoCapture>();
  #early: DriverEvent[] = [];
  #droppedEarly = false;
  #host!: CallHost;
  #state: CallState = "new";
  #sessionId: string | undefined;
  #maxAppMessageSize = 4096;
  #nextId = 1;
  #closing: Promise<void> | undefined;
  /** Ends the wait of a join that is under way: daily-js never settles one that is cut short. */
  #abandonJoin: ((error: Error) => void) | undefined;

  private constructor({ clock, logger, ...timeouts }: HostedDailyCallOptions) {
    const { joinTimeoutMs = 30_000, leaveTimeoutMs = 5000, requestTimeoutMs = 20_000 } = timeouts;
    this.#clock = clock;
    this.#joinTimeoutMs = joinTimeoutMs;
    this.#leaveTimeoutMs = leaveTimeoutMs;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#emitter = new SafeEmitter((error, event) => {
      logger.error(`A listener for the call's "${event}" failed.`, { error });
    });
  }

  /** Starts the host and hands out the call; rejects with why the host cannot run here. */
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
        // While the host starts nobody has the call yet to listen to.
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

  get state(): CallState {
    return this.#state;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  get maxAppMessageSize(): number {
    return this.#maxAppMessageSize;
  }

  participants(): ReadonlyMap<string, Participant> {
    return this.#participants;
  }

  async join(options: JoinOptions): Promise<JoinedMeeting> {
    const url = parseRoomUrl(options.url);
    if (this.#state !== "new" && this.#state !== "left")
      throw new DailyCallError("joinFailed", `A call that is "${this.#state}" cannot be joined; make a new one.`);

    this.#state = "joining";
    // A local room brings its own call machine; a real one's comes from Daily's CDN.
    const bundle = isLoopbackHost(url.hostname) ? { bundlePath: `${url.origin}/_daily` } : {};
    const abandoned = deferred<never>();
    this.#abandonJoin = (error) => {
      abandoned.reject(error);
    };
    try {
      const joining = Promise.race([
        this.#host.request("join", { ...options, url: url.href, ...bundle }),
        abandoned.promise,
      ]);
      const joined = await withDeadline(
        this.#clock,
        joining,
        this.#joinTimeoutMs,
        `Joining ${url.origin}${url.pathname}`,
      );
      this.#state = "joined";
      this.#sessionId = joined.sessionId;
      this.#maxAppMessageSize = joined.maxAppMessageSize;
      for (const event of this.#early.splice(0)) this.#receive(event);
      return joined;
    } catch (thrown) {
      this.#early = [];
      if ((this.#state as CallState) === "joining") this.#state = "left";
      // A join that is only late must not leave someone in the room.
      if (this.#state === "left") void this.#host.request("leave", undefined).catch(() => undefined);
      throw thrown;
    } finally {
      this.#abandonJoin = undefined;
    }
  }

  async leave(): Promise<void> {
    if (this.#state !== "joined") return;
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

  async publishAudio(trackName: string, { sampleRate, channels = 1 }: AudioFormat): Promise<AudioSink> {
    this.#mustBeJoined();
    if (!PUBLISH_RATES.includes(sampleRate))
      throw new InvalidOptionError("sampleRate", `must be one of ${PUBLISH_RATES.join(", ")} Hz.`);

    if (channels !== 1) throw new InvalidOptionError("channels", "must be 1: tracks are mono.");
    const sinkId = this.#nextId++;
    const sink = this.#host.createSink(sinkId, sampleRate, async () => {
      this.#sinks.delete(sink);
      if (this.#state === "joined") await this.#ask("unpublish", { trackName, sinkId });
    });
    this.#sinks.add(sink);
    try {
      await this.#ask("publish", { trackName, sampleRate, sinkId });
    } catch (thrown) {
      this.#sinks.delete(sink);
      sink.release();
      throw thrown;
    }
    return sink;
  }

  async captureAudio(
    sessionId: string,
    trackName: string,
    { sampleRate }: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture> {
    this.#mustBeJoined();
    if (trackName === CAMERA || trackName === SCREEN_VIDEO)
      throw new InvalidOptionError("trackName", "must be an audio track; captureVideo takes the others.");

    const captureId = this.#nextId++;
    const close = (): void => {
      if (!this.#captures.delete(captureId)) return;
      this.#host.removeCapture(captureId);
      if (this.#state === "joined") void this.#host.request("stopCapture", { captureId }).catch(() => undefined);
    };
    this.#captures.add(captureId);
    try {
      await this.#host.addCapture(captureId, sampleRate, (pcm) => {
        onAudio({ sessionId, trackName, pcm, sampleRate });
      });
      await this.#ask("capture", { sessionId, trackName, captureId });
    } catch (thrown) {
      close();
      throw thrown;
    }
    return { sessionId, trackName, close };
  }

  async captureVideo(
    sessionId: string,
    trackName: string,
    options: VideoCaptureOptions,
    onImage: (video: CapturedVideo) => unknown,
  ): Promise<VideoCapture> {
    this.#mustBeJoined();
    const { fps, format, maxWidth } = checkedVideoOptions(trackName, options);
    if (this.#participants.get(sessionId)?.custom[trackName]?.kind === "audio")
      throw new DailyCallError("trackFailed", `The track "${trackName}" of ${sessionId} is an audio track.`);

    const captureId = this.#nextId++;
    const capture = new PacedVideoCapture({
      ...{ sessionId, trackName, fps, format, onImage },
      clock: this.#clock,
      want: () => {
        this.#host.wantPicture(captureId);
      },
      onReceiverFailed: ({ message }) => {
        this.#emitter.emit("warning", `What takes the pictures of ${sessionId} failed: ${message}`);
      },
      onClose: () => {
        this.#videoCaptures.delete(capture);
        this.#host.removeCapture(captureId);
        if (this.#state === "joined") void this.#host.request("stopCapture", { captureId }).catch(() => undefined);
      },
    });
    this.#videoCaptures.add(capture);
    try {
      this.#host.addVideoCapture(captureId, maxWidth, (picture) => {
        capture.arrived(picture);
      });
      await this.#ask("capture", { sessionId, trackName, captureId });
    } catch (thrown) {
      capture.close();
      throw thrown;
    }
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

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const before = this.#state;
    this.#release("closed");
    if (before !== "failed") {
      const destroyed = this.#host.request("destroy", undefined);
      await withDeadline(this.#clock, destroyed, this.#leaveTimeoutMs, "Leaving the room").catch((thrown: unknown) => {
        this.#emitter.emit("warning", `The call was torn down without a proper leave: ${asError(thrown).message}`);
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

  #mustBeJoined(): void {
    if (this.#state !== "joined") throw new DailyCallError("notJoined", `The call is "${this.#state}", not joined.`);
  }

  #receive(event: DriverEvent): void {
    // Who is there already is told before the join is complete; listeners must find a call that they can use.
    if (this.#state === "joining") {
      // Only messages are sent at will; whoever is there could send them faster than we join.
      if (event.type !== "appMessage" || this.#early.length < MOST_EARLY_EVENTS) {
        this.#early.push(event);
      } else if (!this.#droppedEarly) {
        this.#droppedEarly = true;
        this.#early.push({ type: "warning", message: "Too many app messages arrived during the join; some are lost." });
      }
      return;
    }
    switch (event.type) {
      case "participantJoined":
      case "participantUpdated": {
        const { participant } = event;
        // daily-js may tell of an update to someone whose join it has not told; to us that is the join.
        const known = this.#participants.has(participant.sessionId);
        this.#participants.set(participant.sessionId, participant);
        this.#emitter.emit(known ? "participantUpdated" : "participantJoined", participant);
        break;
      }
      case "participantLeft":
        this.#endVideoOf(event.participant.sessionId);
        if (this.#participants.delete(event.participant.sessionId))
          this.#emitter.emit("participantLeft", event.participant);
        break;
      case "appMessage":
        this.#emitter.emit("appMessage", event.data, event.from);
        break;
      case "left":
        if (this.#state !== "joined") break;
        this.#release("left");
        this.#emitter.emit("left", event.reason, event.message);
        break;
      case "warning":
        this.#emitter.emit("warning", event.message);
        break;
    }
  }

  #endVideoOf(sessionId: string): void {
    for (const capture of [...this.#videoCaptures]) if (capture.sessionId === sessionId) capture.close();
  }

  #die(error: Error): void {
    if (this.#state === "closed" || this.#state === "failed") return;
    this.#release("failed");
    this.#emitter.emit("error", error);
  }

  #release(state: CallState): void {
    this.#state = state;
    this.#sessionId = undefined;
    this.#participants.clear();
    for (const sink of this.#sinks) sink.release();
    this.#sinks.clear();
    for (const captureId of this.#captures) this.#host.removeCapture(captureId);
    this.#captures.clear();
    for (const capture of [...this.#videoCaptures]) capture.close();
    this.#abandonJoin?.(new DailyCallError("closed", "The call was closed while it joined."));
  }
}

/** A room URL, or an error that names the rule it breaks. */
export function parseRoomUrl(url: string): URL {
  if (!URL.canParse(url))
    throw new InvalidOptionError("url", `must be a room URL such as https://tavus.daily.co/c123; got "${url}".`);
  const parsed = new URL(url);
  if (parsed.protocol !== "https:" && !(parsed.protocol === "http:" && isLoopbackHost(parsed.hostname)))
    throw new InvalidOptionError("url", "must be an https URL; http is only for rooms on this machine.");

  if (parsed.pathname.length < 2) throw new InvalidOptionError("url", "must name a room after the host.");
  return parsed;
}
