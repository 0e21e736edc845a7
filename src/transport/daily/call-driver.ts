import type { DailyCall as DailyCallObject, DailyEventObjectFatalError, DailyParticipant } from "@daily-co/daily-js";

import {
  CAMERA,
  MICROPHONE,
  type Participant,
  SCREEN_AUDIO,
  SCREEN_VIDEO,
  type TrackSubscription,
} from "./daily-call.ts";
import { DriverControls } from "./driver-controls.ts";
import { DriverError, toLeftReason } from "./driver-failure.ts";
import type { DriverEvent, DriverRequests } from "./driver-messages.ts";
import { wantPacketTime } from "./packet-time.ts";
import { toParticipant } from "./participant-view.ts";
import { listenToStatus } from "./status-events.ts";
import { VideoPublisher } from "./video-publisher.ts";

type Arguments<M extends keyof DriverRequests> = DriverRequests[M][0];
type Result<M extends keyof DriverRequests> = DriverRequests[M][1];

/** How long a subscribed track may take to become playable. */
const TRACK_DEADLINE_MS = 15_000;

/** The tracks that have another name in daily-js. */
const DAILY_NAMES: Readonly<Record<string, string>> = { [MICROPHONE]: "audio", [CAMERA]: "video" };

/** Tracks that are not custom tracks. */
const STANDARD_NAMES: readonly string[] = [MICROPHONE, CAMERA, SCREEN_AUDIO, SCREEN_VIDEO];

/** The media ends of the runtime: tracks made from PCM, and PCM or pictures made from tracks. */
export interface MediaEnds {
  /** The track that carries what is written to this sink. */
  openSource(sinkId: number, sampleRate: number): MediaStreamTrack;
  closeSource(sinkId: number): void;
  /** The track that carries what is written to this video sink. */
  openVideoSource(sinkId: number): MediaStreamTrack;
  closeVideoSource(sinkId: number): void;
  toStream(track: MediaStreamTrack): MediaStream;
  openCapture(captureId: number, track: MediaStreamTrack): void;
  closeCapture(captureId: number): void;
}

interface Capture {
  readonly captureId: number;
  readonly sessionId: string;
  readonly trackName: string;
  track: MediaStreamTrack | undefined;
}

/**
 * All use of daily-js, written once: it runs in a page of the chromium runtime and in Node in the native one. They differ
 * only in their media ends.
 */
export class CallDriver {
  readonly #call: DailyCallObject;
  readonly #ends: MediaEnds;
  readonly #emit: (event: DriverEvent) => void;
  /** Published audio. */
  readonly #sources = new Set<number>();
  readonly #videos: VideoPublisher;
  readonly #controls: DriverControls;
  readonly #captures = new Map<number, Capture>();
  readonly #waiting = new Set<() => void>();
  #joined = false;
  /** Whether every track is received; daily-js then rejects subscriptions. */
  #automatic = false;
  // daily-js has one slot for the track of startCustomTrack: a second call before the first is answered would swap them.
  #publishing: Promise<unknown> = Promise.resolve();

  constructor(call: DailyCallObject, ends: MediaEnds, emit: (event: DriverEvent) => void) {
    this.#call = call;
    this.#ends = ends;
    this.#emit = emit;
    this.#videos = new VideoPublisher(call, ends);
    this.#controls = new DriverControls(call);
    listenToStatus(call, (event) => {
      this.#emit({ type: "status", ...event });
    });
    call.on("participant-joined", ({ participant }) => {
      this.#report("participantJoined", participant);
    });
    call.on("participant-updated", ({ participant }) => {
      this.#report("participantUpdated", participant);
    });
    call.on("participant-left", ({ participant }) => {
      this.#report("participantLeft", participant);
    });
    call.on("app-message", ({ data, fromId }) => {
      this.#emit({ type: "appMessage", data: data as unknown, from: fromId });
    });
    call.on("error", (event: DailyEventObjectFatalError) => {
      // A failing join rejects; only the end of a joined call is an event.
      if (!this.#joined) return;
      this.#joined = false;
      this.#release();
      this.#releaseSources();
      this.#emit({ type: "left", reason: toLeftReason(event), message: event.errorMsg });
    });
    call.on("left-meeting", () => {
      if (!this.#joined) return;
      this.#joined = false;
      this.#release();
      this.#releaseSources();
      this.#emit({ type: "left", reason: "roomEnded", message: "The meeting has ended." });
    });
    call.on("nonfatal-error", ({ type, errorMsg }) => {
      this.#emit({ type: "warning", message: `${type}: ${errorMsg}` });
    });
  }

  async join(options: Arguments<"join">): Promise<Result<"join">> {
    const { url, token, userName, userData, subscribeAutomatically = false, packetTimeMs } = options;
    wantPacketTime(packetTimeMs);
    this.#automatic = subscribeAutomatically;
    const participants = await this.#call.join({
      url,
      ...(token !== undefined && { token }),
      userName,
      ...(userData !== undefined && { userData }),
      subscribeToTracksAutomatically: subscribeAutomatically,
      // No devices are used: tracks are published by name on request.
      audioSource: false,
      videoSource: false,
    });
    if (!participants) throw new DriverError("joinFailed", "daily-js joined without a list of the participants.");
    this.#joined = true;
    const room = await this.#call.room();
    const limits = room && "domainConfig" in room ? (room.domainConfig as { max_app_message_size?: number }) : {};
    return { sessionId: participants.local.session_id, maxAppMessageSize: limits.max_app_message_size ?? 4096 };
  }

  async leave(): Promise<void> {
    this.#joined = false;
    this.#release();
    await this.#call.leave();
    this.#releaseSources();
  }

  async destroy(): Promise<void> {
    this.#joined = false;
    this.#release();
    if (!this.#call.isDestroyed()) await this.#call.destroy();
    this.#releaseSources();
  }

  /** Resolves when the call machine has the message: daily-js passes it on in a task of its own. */
  async sendAppMessage({ data, to }: Arguments<"sendAppMessage">): Promise<void> {
    // Whoever sends it may not have been told yet that the call is over.
    if (!this.#joined) throw new DriverError("notJoined", "The call is over.");
    this.#call.sendAppMessage(data, to);
    await afterPostedMessages();
  }

  subscribe({ sessionId, subscription }: Arguments<"subscribe">): void {
    const { microphone, camera, ...rest } = subscription;
    this.#getParticipant(sessionId);
    this.#call.updateParticipant(sessionId, {
      setSubscribedTracks: {
        ...rest,
        ...(microphone !== undefined && { audio: microphone }),
        ...(camera !== undefined && { video: camera }),
      },
    });
  }

  publish({ trackName, sampleRate, sinkId }: Arguments<"publish">): Promise<void> {
    return this.#serialize(async () => {
      const track = this.#ends.openSource(sinkId, sampleRate);
      this.#sources.add(sinkId);
      if (trackName === MICROPHONE) {
        await this.#call.setInputDevicesAsync({ audioSource: track });
        this.#call.setLocalAudio(true);
      } else {
        await this.#call.startCustomTrack({ track, trackName, ignoreAudioLevel: true });
      }
    });
  }

  unpublish({ trackName, sinkId }: Arguments<"unpublish">): Promise<void> {
    return this.#serialize(async () => {
      if (!this.#sources.delete(sinkId)) return;
      this.#ends.closeSource(sinkId);
      if (!this.#joined) return;
      if (trackName === MICROPHONE) await this.#call.setInputDevicesAsync({ audioSource: false });
      else await this.#call.stopCustomTrack(trackName);
    });
  }

  publishVideo(source: Arguments<"publishVideo">): Promise<void> {
    return this.#serialize(async () => {
      if (!this.#joined) throw new DriverError("notJoined", "The call is over.");
      await this.#videos.publish(source);
    });
  }

  unpublishVideo(source: Arguments<"unpublishVideo">): Promise<void> {
    return this.#serialize(async () => {
      if (this.#joined) await this.#videos.unpublish(source);
    });
  }

  async control(request: Arguments<"control">): Promise<unknown> {
    const result = await this.#controls.run(request);
    await afterPostedMessages();
    return result;
  }

  /** Subscribes to the track and captures it from the moment it is playable; again after every gap. */
  async capture({ sessionId, trackName, captureId }: Arguments<"capture">): Promise<void> {
    const capture: Capture = { captureId, sessionId, trackName, track: undefined };
    this.#captures.set(captureId, capture);
    try {
      this.#getParticipant(sessionId);
      if (!this.#automatic) this.subscribe({ sessionId, subscription: subscriptionTo(trackName, true) });
      this.#attach(capture);
      // A track that is still off is captured when it is switched on; there is nothing to wait for.
      if (this.#isOff(capture)) return;
      await this.#waitUntil(() => capture.track !== undefined || !this.#captures.has(captureId));
    } catch (thrown) {
      this.stopCapture({ captureId });
      throw thrown;
    }
  }

  stopCapture({ captureId }: Arguments<"stopCapture">): void {
    const capture = this.#captures.get(captureId);
    if (!this.#captures.delete(captureId)) return;
    this.#ends.closeCapture(captureId);
    if (!capture || !this.#joined || this.#automatic || !(capture.sessionId in this.#call.participants())) return;
    const { sessionId, trackName } = capture;
    if ([...this.#captures.values()].some((other) => other.sessionId === sessionId && other.trackName === trackName))
      return;
    this.subscribe({ sessionId, subscription: subscriptionTo(trackName, false) });
  }

  #serialize(work: () => Promise<void>): Promise<void> {
    const result = this.#publishing.then(work);
    this.#publishing = result.catch(() => undefined);
    return result;
  }

  #getParticipant(sessionId: string): DailyParticipant {
    const participant = this.#call.participants()[sessionId];
    if (!participant)
      throw new DriverError("unknownParticipant", `Nobody with session id ${sessionId} is in the room.`);
    return participant;
  }

  #getTrack({ sessionId, trackName }: Capture): DailyParticipant["tracks"]["audio"] | undefined {
    const tracks = this.#call.participants()[sessionId]?.tracks;
    return tracks?.[DAILY_NAMES[trackName] ?? trackName] ?? undefined;
  }

  #isOff(capture: Capture): boolean {
    const track = this.#getTrack(capture);
    return track === undefined || track.state === "off" || track.state === "blocked";
  }

  #attach(capture: Capture): void {
    const state = this.#getTrack(capture);
    const track = state?.state === "playable" ? state.persistentTrack : undefined;
    if (track === capture.track) return;
    if (capture.track) this.#ends.closeCapture(capture.captureId);
    capture.track = track;
    if (track) this.#ends.openCapture(capture.captureId, track);
  }

  #report(type: "participantJoined" | "participantUpdated" | "participantLeft", participant: DailyParticipant): void {
    if (participant.local) return;
    const view: Participant = toParticipant(participant);
    for (const capture of this.#captures.values()) if (capture.sessionId === view.sessionId) this.#attach(capture);
    if (type === "participantLeft") this.#dropCaptures(view.sessionId);
    for (const check of this.#waiting) check();
    this.#emit({ type, participant: view });
  }

  #dropCaptures(sessionId: string): void {
    for (const [captureId, capture] of this.#captures) {
      if (capture.sessionId !== sessionId) continue;
      this.#captures.delete(captureId);
      this.#ends.closeCapture(captureId);
    }
  }

  #waitUntil(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new DriverError("trackFailed", "A subscribed track did not become playable."));
      }, TRACK_DEADLINE_MS);
      const check = (): void => {
        if (!condition()) return;
        this.#waiting.delete(check);
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  #release(): void {
    for (const captureId of this.#captures.keys()) this.#ends.closeCapture(captureId);
    this.#captures.clear();
    for (const check of this.#waiting) check();
  }

  /** After the end of the call: daily-js might take the end of a track before for a device that failed. */
  #releaseSources(): void {
    for (const sinkId of this.#sources) this.#ends.closeSource(sinkId);
    this.#sources.clear();
    this.#videos.release();
  }
}

/** Resolves after all messages posted before were handled: a caller that waits cannot overtake them in a busy page. */
function afterPostedMessages(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function subscriptionTo(trackName: string, wanted: boolean): TrackSubscription {
  if (STANDARD_NAMES.includes(trackName)) return { [trackName]: wanted };
  return { custom: { [trackName]: wanted } };
}
