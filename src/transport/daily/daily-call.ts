import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import type { AudioSink } from "../playout/audio-sink.ts";

/** Where daily-js runs for this call. */
export type DailyRuntimeName = "native" | "chromium" | "scripted";

/** daily-js track states, as `participants()` reports them. */
export type TrackState = "blocked" | "off" | "sendable" | "loading" | "interrupted" | "playable";

export interface ParticipantTrack {
  readonly kind: "audio" | "video";
  readonly state: TrackState;
  readonly subscribed: boolean | "staged";
}

/** What is known of someone in the room. Names and user data come from other people: treat them as hostile. */
export interface Participant {
  /** New on every join; the address for app messages and subscriptions. */
  readonly sessionId: string;
  /** From the meeting token, else equal to `sessionId`. */
  readonly userId: string;
  readonly userName: string;
  readonly local: boolean;
  readonly owner: boolean;
  readonly userData?: unknown;
  readonly joinedAtMs?: number;
  readonly microphone: ParticipantTrack;
  readonly camera: ParticipantTrack;
  readonly screenAudio: ParticipantTrack;
  readonly screenVideo: ParticipantTrack;
  /** Custom tracks by name. */
  readonly custom: Readonly<Record<string, ParticipantTrack>>;
}

export interface JoinOptions {
  /** The room's URL, without a token in it. */
  readonly url: string;
  /** Meeting token, for private rooms. */
  readonly token?: string;
  readonly userName: string;
  readonly userData?: unknown;
  /** Default false: nothing is received until {@link DailyCall.subscribe} asks for it. */
  readonly subscribeAutomatically?: boolean;
}

export interface JoinedMeeting {
  readonly sessionId: string;
  /** The longest app message, in characters of its JSON, that this room takes; 4096 unless the room says otherwise. */
  readonly maxAppMessageSize: number;
}

/** Wanted subscriptions for one participant; what is left out stays as it is. */
export interface TrackSubscription {
  readonly microphone?: boolean;
  readonly camera?: boolean;
  readonly screenAudio?: boolean;
  readonly screenVideo?: boolean;
  /** Custom tracks by name, or all of them. */
  readonly custom?: boolean | Readonly<Record<string, boolean>>;
}

export interface AudioFormat {
  /** In Hz. */
  readonly sampleRate: number;
  /** Default 1. */
  readonly channels?: number;
}

/** One block of a participant's audio, 10 or 20 ms of mono signed 16-bit PCM. The receiver owns the array. */
export interface CapturedAudio {
  readonly sessionId: string;
  readonly trackName: string;
  readonly pcm: Int16Array;
  readonly sampleRate: number;
}

export interface AudioCapture {
  readonly sessionId: string;
  readonly trackName: string;
  /** Idempotent. */
  close(): void;
}

/** The name under which a participant's microphone is published and captured. Other names are custom tracks. */
export const MICROPHONE = "microphone";

/** The names under which a participant's camera and shared screen are captured. Other names are custom tracks. */
export const CAMERA = "camera";
export const SCREEN_VIDEO = "screenVideo";

/** The name under which the sound of a shared screen is captured. */
export const SCREEN_AUDIO = "screenAudio";

/** The sample rates at which audio can be published, in Hz. */
export const PUBLISH_RATES: readonly number[] = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];

export interface VideoCaptureOptions {
  /** Pictures a second at the most, up to 30; 0: only those that are asked for. Default 30. */
  readonly fps?: number;
  /** "RGB" costs a conversion. Default "I420", in which they come. */
  readonly format?: "I420" | "RGB";
  /** Wider pictures are scaled down to this, in pixels. Default: no limit but 1920 pixels on the longer side. */
  readonly maxWidth?: number;
}

/** One upright picture of a participant. The receiver owns the bytes. */
export interface CapturedVideo {
  readonly sessionId: string;
  readonly trackName: string;
  /** RGB: three bytes a pixel. I420: a plane of luma, then two of chroma of half its width and height, rounded up. */
  readonly image: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly format: "I420" | "RGB";
}

export interface VideoCapture {
  readonly sessionId: string;
  readonly trackName: string;
  /** By `close()`, because the participant left, or with the call. */
  readonly closed: boolean;
  /** Pictures that were due while the receiver was still busy with the one before; they were never made. */
  readonly droppedImages: number;
  /** Asks for the next picture, whatever the rate. Asking twice before it comes is asking once. */
  requestFrame(): void;
  /** Idempotent. */
  close(): void;
}

/** Why a call ended that nobody here asked to end. */
export type LeftReason = "ejected" | "roomEnded" | "expired" | "connectionLost";

export type DailyCallEvents = {
  /** Someone else is in the room; also once for everyone who was there before us, right after the join. */
  participantJoined: [participant: Participant];
  participantUpdated: [participant: Participant];
  participantLeft: [participant: Participant];
  /** From another participant; `data` is whatever they sent. */
  appMessage: [data: unknown, fromSessionId: string];
  /** The room ended the call for us. `leave()` does not cause it. Nothing follows but `close()` or a new `join()`. */
  left: [reason: LeftReason, message: string];
  /** The runtime died (page crash, browser killed, socket lost) or daily-js failed for good. The call is over. */
  error: [error: Error];
  /** Something was lost or ignored; the call goes on. */
  warning: [message: string];
};

/**
 * One participant of one Daily room, driven through daily-js: the vendor boundary. Implemented by the `native` and
 * `chromium` runtimes and by the scripted fake; see `transport/daily/` for which to use when.
 *
 * Methods reject with a {@link DailyCallError}. Events are emitted one at a time, in the order of the room.
 */
export interface DailyCall extends AsyncDisposable {
  readonly runtime: DailyRuntimeName;
  readonly state: "new" | "joining" | "joined" | "left" | "failed" | "closed";
  /** Session id of our own participant while joined. */
  readonly sessionId: string | undefined;
  readonly maxAppMessageSize: number;
  /** Joins; from `left` it may be called again. */
  join(options: JoinOptions): Promise<JoinedMeeting>;
  /** Leaves and lets go of tracks and captures. No-op unless joined. */
  leave(): Promise<void>;
  /** Everyone else in the room, by session id. */
  participants(): ReadonlyMap<string, Participant>;
  /** Sends to everyone else, or to one session id. Rejects with code `messageTooLarge` beyond the room's limit. */
  sendAppMessage(data: unknown, to?: string): Promise<void>;
  subscribe(sessionId: string, subscription: TrackSubscription): Promise<void>;
  /** Publishes a custom audio track of that name, or the microphone ({@link MICROPHONE}). */
  publishAudio(trackName: string, format: AudioFormat): Promise<AudioSink>;
  /** Subscribes to and captures a participant's {@link MICROPHONE}, {@link SCREEN_AUDIO} or custom track, resampled to the wanted rate, mono. */
  captureAudio(
    sessionId: string,
    trackName: string,
    format: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture>;
  /**
   * Subscribes to and captures a participant's {@link CAMERA}, {@link SCREEN_VIDEO} or custom track, from the moment it
   * is on and again whenever it is. There is no queue: a picture is made when one is due, and none while `onImage` (or
   * the promise it returned) is not through with the one before.
   */
  captureVideo(
    sessionId: string,
    trackName: string,
    options: VideoCaptureOptions,
    onImage: (video: CapturedVideo) => unknown,
  ): Promise<VideoCapture>;
  on<K extends keyof DailyCallEvents>(event: K, listener: (...args: DailyCallEvents[K]) => unknown): this;
  off<K extends keyof DailyCallEvents>(event: K, listener: (...args: DailyCallEvents[K]) => unknown): this;
  /** Leaves if need be and releases everything, browser page or native tracks included. Idempotent, bounded. */
  close(): Promise<void>;
}

/**
 * What a transport asks of the calls it uses: its own deadlines, clock and logger, so that no second one is kept below.
 * `createDailyCall` takes all of it as it is.
 */
export interface DailyCallFactoryOptions {
  /** The room that will be joined. */
  readonly url: string;
  /** For starting the runtime and for joining, each. */
  readonly joinTimeoutMs: number;
  /** For leaving, and for letting go of everything, each. */
  readonly leaveTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes a call that has not joined yet. */
export type DailyCallFactory = (options: DailyCallFactoryOptions) => Promise<DailyCall>;
