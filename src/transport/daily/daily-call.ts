import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import type { CallStatusEvents, DailyCallControls } from "./call-controls.ts";
import type { VideoPublishFormat, VideoTrackSink } from "./video-publishing.ts";

/** Where daily-js runs for a call: in a media process, in a page of a browser, or nowhere ("scripted", the fake for tests). */
export type DailyRuntimeName = "native" | "chromium" | "scripted";

/** daily-js track states, as `participants()` reports them. */
export type TrackState = "blocked" | "off" | "sendable" | "loading" | "interrupted" | "playable";

/** One track of a participant. */
export interface ParticipantTrack {
  /** Whether it carries audio or video. */
  readonly kind: "audio" | "video";
  /** Whether it can be received now; "off" for a track that does not exist. */
  readonly state: TrackState;
  /** Whether we receive it; "staged" is ready to be received at once. */
  readonly subscribed: boolean | "staged";
}

/** A participant of the room. Names and user data are from other people: treat them as hostile. */
export interface Participant {
  /** New at every join; the address for app messages and subscriptions. */
  readonly sessionId: string;
  /** From the meeting token, else equal to `sessionId`. */
  readonly userId: string;
  /** The name that the participant chose; several may have the same one. */
  readonly userName: string;
  /** Whether it is our own. */
  readonly local: boolean;
  /** Whether its meeting token makes it an owner of the room. */
  readonly owner: boolean;
  /** Whatever the participant set. */
  readonly userData?: unknown;
  /** When it joined, in milliseconds since 1970. */
  readonly joinedAtMs?: number;
  /** The audio of its microphone. */
  readonly microphone: ParticipantTrack;
  /** The video of its camera. */
  readonly camera: ParticipantTrack;
  /** The audio of its shared screen. */
  readonly screenAudio: ParticipantTrack;
  /** The video of its shared screen. */
  readonly screenVideo: ParticipantTrack;
  /** Custom tracks by name. */
  readonly custom: Readonly<Record<string, ParticipantTrack>>;
}

/** What {@link DailyCall.join} takes. */
export interface DailyJoinOptions {
  /** The room's URL, without a token in it. */
  readonly url: string;
  /** The meeting token, for private rooms. */
  readonly token?: string;
  /** Our name in the room. */
  readonly userName: string;
  /** What the others see as our user data; anything that JSON can hold. */
  readonly userData?: unknown;
  /** Whether every track is received. Default false: nothing is received until {@link DailyCall.subscribe} asks for it. */
  readonly subscribeAutomatically?: boolean;
  /**
   * The length of the audio packets that we send, in ms: 10 or 20. Default: what the others in the room ask for. Calls that
   * share a media process share it.
   */
  readonly packetTimeMs?: 10 | 20;
}

/** The room as {@link DailyCall.join} found it. */
export interface JoinedMeeting {
  /** The session id of our own participant. */
  readonly sessionId: string;
  /** The longest app message that this room accepts, in characters of its JSON; 4096 unless the room says otherwise. */
  readonly maxAppMessageSize: number;
}

/** Which tracks of one participant to receive; what is left out stays as it is. */
export interface TrackSubscription {
  /** Whether to receive the microphone. */
  readonly microphone?: boolean;
  /** Whether to receive the camera. */
  readonly camera?: boolean;
  /** Whether to receive the audio of the shared screen. */
  readonly screenAudio?: boolean;
  /** Whether to receive the video of the shared screen. */
  readonly screenVideo?: boolean;
  /** Custom tracks by name, or all of them. */
  readonly custom?: boolean | Readonly<Record<string, boolean>>;
}

/** The format of published or captured audio. */
export interface AudioFormat {
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels. Default 1, and nothing else is supported. */
  readonly channels?: number;
}

/** One block of a participant's audio. */
export interface CapturedAudio {
  /** The session id of the participant. */
  readonly sessionId: string;
  /** The captured track. */
  readonly trackName: string;
  /** 10 or 20 ms of mono signed 16-bit PCM. The receiver owns the array. */
  readonly pcm: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
}

/** An open capture of an audio track. */
export interface AudioCapture {
  /** The session id of the participant. */
  readonly sessionId: string;
  /** The captured track. */
  readonly trackName: string;
  /** Ends the capture. Idempotent. */
  close(): void;
}

/** The name under which a participant's microphone is published and captured. Other names are custom tracks. */
export const MICROPHONE = "microphone";

/** The name under which a participant's camera is published and captured. */
export const CAMERA = "camera";
/** The name under which the video of a shared screen is published and captured. */
export const SCREEN_VIDEO = "screenVideo";

/** The name under which the audio of a shared screen is captured. */
export const SCREEN_AUDIO = "screenAudio";

/** The sample rates at which audio can be published, in Hz. */
export const PUBLISH_RATES: readonly number[] = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];

/** How {@link DailyCall.captureVideo} captures. */
export interface VideoCaptureOptions {
  /** At most this many pictures per second, up to 30; 0 for only those that are requested. Default 30. */
  readonly fps?: number;
  /** The format of the pictures. "RGB" costs a conversion. Default "I420", in which they arrive. */
  readonly format?: "I420" | "RGB";
  /** Wider pictures are scaled down to this width, in pixels, from 16 to 1920. Default 1920; no side is ever longer. */
  readonly maxWidth?: number;
}

/** One upright picture of a participant. */
export interface CapturedVideo {
  /** The session id of the participant. */
  readonly sessionId: string;
  /** The captured track. */
  readonly trackName: string;
  /**
   * RGB: three bytes per pixel. I420: a plane of luma, then two of chroma of half its width and height, rounded up. The
   * receiver owns the bytes.
   */
  readonly image: Uint8Array;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** The format of `image`. */
  readonly format: "I420" | "RGB";
}

/** An open capture of a video track. */
export interface VideoCapture {
  /** The session id of the participant. */
  readonly sessionId: string;
  /** The captured track. */
  readonly trackName: string;
  /** Whether it has ended: by `close()`, because the participant left, or with the call. */
  readonly closed: boolean;
  /** How many pictures were due while the receiver was still busy with the one before; they were never made. */
  readonly droppedImages: number;
  /** Requests the next picture, at any rate. A second request before it arrives changes nothing. */
  requestFrame(): void;
  /** Ends the capture. Idempotent. */
  close(): void;
}

/** Why a call ended that this side did not end. */
export type LeftReason = "ejected" | "roomEnded" | "expired" | "connectionLost";

/** "left" after `leave()` or when the room ended the call, "failed" when the runtime died. */
export type CallState = "new" | "joining" | "joined" | "left" | "failed" | "closed";

/** The events of a {@link DailyCall}. */
export type DailyCallEvents = CallStatusEvents & {
  /** The call's state has changed; emitted before what caused it, such as `left` and `error`. */
  callStateUpdated: [state: CallState, before: CallState];
  /** Another participant is in the room; also once for each who was there before us, right after the join. */
  participantJoined: [participant: Participant];
  /** A participant has changed: its name, its data or its tracks. */
  participantUpdated: [participant: Participant];
  /** A participant has left. */
  participantLeft: [participant: Participant];
  /** Another participant sent a message; `data` is whatever it sent. */
  appMessage: [data: unknown, fromSessionId: string];
  /** The room ended the call for us. `leave()` does not cause it. Only `close()` or a new `join()` may follow. */
  left: [reason: LeftReason, message: string];
  /** The runtime died (page crash, browser killed, socket lost), or daily-js failed for good. The call is over. */
  error: [error: Error];
  /** Something was lost or ignored; the call continues. */
  warning: [message: string];
};

/**
 * Our one participant in one Daily room, driven through daily-js: the vendor boundary. The `native` and `chromium` runtimes
 * and the scripted fake implement it. Events are emitted one at a time, in the order of the room.
 */
export interface DailyCall extends DailyCallControls, AsyncDisposable {
  /** Where daily-js runs. */
  readonly runtime: DailyRuntimeName;
  /** "left" after `leave()` or when the room ended the call, "failed" when the runtime died. */
  readonly state: CallState;
  /** The session id of our own participant while joined. */
  readonly sessionId: string | undefined;
  /** The longest app message that the room accepts, in characters of its JSON. */
  readonly maxAppMessageSize: number;
  /**
   * Joins the room. It may be called again after `left`.
   *
   * @throws InvalidOptionError for a URL that cannot be a room's; DailyCallError with why the room cannot be joined;
   * DeadlineError when that takes too long.
   */
  join(options: DailyJoinOptions): Promise<JoinedMeeting>;
  /**
   * Leaves the room and releases tracks and captures. Does nothing unless joined.
   *
   * @throws DeadlineError when daily-js takes too long.
   */
  leave(): Promise<void>;
  /** The other participants in the room, by session id. */
  participants(): ReadonlyMap<string, Participant>;
  /**
   * Sends a message to all others, or to one session id.
   *
   * @throws DailyCallError `messageTooLarge` beyond the room's limit, `notJoined` outside of a call.
   */
  sendAppMessage(data: unknown, to?: string): Promise<void>;
  /**
   * Changes which tracks of a participant are received.
   *
   * @throws DailyCallError `unknownParticipant` for a participant that is not in the room, `notJoined` outside of a call.
   */
  subscribe(sessionId: string, subscription: TrackSubscription): Promise<void>;
  /**
   * Publishes a custom audio track of that name, or the microphone ({@link MICROPHONE}).
   *
   * @throws InvalidOptionError for a rate other than 8000, 16000, 24000, 32000, 44100 or 48000 Hz, or several channels; DailyCallError
   * `trackFailed`, or `notJoined` outside of a call.
   */
  publishAudio(trackName: string, format: AudioFormat): Promise<AudioSink>;
  /**
   * Publishes video: the camera ({@link CAMERA}), the shared screen ({@link SCREEN_VIDEO}), or a custom track of that name.
   * Others see it from the first picture on.
   *
   * @throws InvalidOptionError for a name that cannot be a video track's and for a wrong format; DailyCallError
   * `alreadyPublished` while a video track of that name is open, `trackFailed`, or `notJoined` outside of a call.
   */
  publishVideo(trackName: string, format: VideoPublishFormat): Promise<VideoTrackSink>;
  /**
   * Subscribes to and captures a participant's {@link MICROPHONE}, {@link SCREEN_AUDIO} or custom track, resampled to the
   * rate of `format`, mono.
   *
   * @throws InvalidOptionError for a video track; DailyCallError `unknownParticipant`, `trackFailed`, or `notJoined` outside
   * of a call.
   */
  captureAudio(
    sessionId: string,
    trackName: string,
    format: AudioFormat,
    onAudio: (audio: CapturedAudio) => void,
  ): Promise<AudioCapture>;
  /**
   * Subscribes to and captures a participant's {@link CAMERA}, {@link SCREEN_VIDEO} or custom track, whenever it is on.
   * There is no queue: a picture is made when one is due, and none while `onImage` (or the promise it returned) is not done
   * with the one before.
   *
   * @throws InvalidOptionError for an audio track and for wrong options; DailyCallError `unknownParticipant`, `trackFailed`,
   * or `notJoined` outside of a call.
   */
  captureVideo(
    sessionId: string,
    trackName: string,
    options: VideoCaptureOptions,
    onImage: (video: CapturedVideo) => unknown,
  ): Promise<VideoCapture>;
  /** Adds a listener. */
  on<K extends keyof DailyCallEvents>(event: K, listener: (...args: DailyCallEvents[K]) => unknown): this;
  /** Removes a listener. */
  off<K extends keyof DailyCallEvents>(event: K, listener: (...args: DailyCallEvents[K]) => unknown): this;
  /** Leaves if necessary and releases everything, the browser page or the native tracks included. Bounded, idempotent. */
  close(): Promise<void>;
}

/**
 * What a transport gives to the calls that it uses: its own deadlines, clock and logger, so that the call has none of its own.
 * `createDailyCall` takes all of it as it is.
 */
export interface DailyCallFactoryOptions {
  /** The URL of the room that will be joined. */
  readonly url: string;
  /** For starting the runtime, and again for joining, in milliseconds. */
  readonly joinTimeoutMs: number;
  /** For leaving, and again for closing, in milliseconds. */
  readonly leaveTimeoutMs: number;
  /** The clock of every deadline. */
  readonly clock: Clock;
  /** Where the call logs. */
  readonly logger: Logger;
}

/** Makes a call that has not joined yet. */
export type DailyCallFactory = (options: DailyCallFactoryOptions) => Promise<DailyCall>;
