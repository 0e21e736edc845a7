/** How good the connection to the room is, as daily-js judges it. */
export interface NetworkQuality {
  /** The judgement; its limits are daily-js' own. */
  readonly state: "good" | "warning" | "bad" | "unknown";
  /** What made it worse than good, such as "sendPacketLoss", "recvPacketLoss", "roundTripTime". */
  readonly reasons: readonly string[];
}

/** A connection of the call that was lost or is back. daily-js reconnects by itself. */
export interface NetworkConnectionChange {
  /** "signaling" carries events and app messages, the others media. */
  readonly connection: "signaling" | "peer-to-peer" | "sfu";
  /** "connected", "interrupted", or what else daily-js reports. */
  readonly event: string;
  /** The other participant's, for "peer-to-peer". */
  readonly sessionId?: string;
}

/** How busy the machine of daily-js is with media. */
export interface CpuLoad {
  /** "high" when media suffers. */
  readonly state: "low" | "high";
  /** What takes too long. */
  readonly reason: "encode" | "decode" | "scheduleDuration" | "none";
}

/** A recording that has started. Most of it is present only for the participant that started it. */
export interface RecordingStarted {
  /** Distinguishes recordings that run at the same time. */
  readonly instanceId?: string;
  /** The id of the recording in Daily's REST API. */
  readonly recordingId?: string;
  /** As "cloud". */
  readonly type?: string;
  /** The session id of the participant that started it. */
  readonly startedBy?: string;
}

/** Which recording or transcription stopped or failed. */
export interface InstanceEnded {
  /** Distinguishes those that run at the same time. */
  readonly instanceId?: string;
  /** The session id of the participant that stopped it. */
  readonly updatedBy?: string;
}

/** A recording or transcription that failed. */
export interface InstanceError {
  /** Distinguishes those that run at the same time. */
  readonly instanceId?: string;
  /** What Daily says. */
  readonly message: string;
}

/** A transcription that has started. */
export interface TranscriptionStarted {
  /** Distinguishes transcriptions that run at the same time. */
  readonly instanceId?: string;
  /** The session id of the participant that started it. */
  readonly startedBy?: string;
  /** As "en". */
  readonly language?: string;
  /** As "nova-2-general". */
  readonly model?: string;
}

/** What Daily's transcription heard. */
export interface TranscriptionMessage {
  /** The session id of the speaker. */
  readonly sessionId: string;
  /** The words. */
  readonly text: string;
  /** When, in milliseconds since 1970. */
  readonly timestampMs?: number;
  /** Daily's name of the track, as "cam-audio". */
  readonly trackType?: string;
  /** The answer of the recogniser, if the options of the transcription ask for it. */
  readonly rawResponse?: unknown;
  /** Distinguishes transcriptions that run at the same time. */
  readonly instanceId?: string;
}

/** What happens with telephones and SIP: daily-js' name for it, and its data without a check. */
export interface TelephonyEvent {
  /** The name. */
  readonly type: TelephonyEventName;
  /** daily-js' members, such as `sessionId`, `phoneNumber`, `errorMsg`, `tone`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The name of a {@link TelephonyEvent}: daily-js' events of telephones and SIP. */
export type TelephonyEventName =
  | "dialin-connected"
  | "dialin-ready"
  | "dialin-error"
  | "dialin-stopped"
  | "dialin-warning"
  | "dialout-connected"
  | "dialout-answered"
  | "dialout-error"
  | "dialout-stopped"
  | "dialout-warning"
  | "dtmf-event";

/** The events of a call that only report: nothing in the call changes with them. */
export type CallStatusEvents = {
  /** Another participant, or ourselves, speaks louder than the one before. */
  activeSpeakerChanged: [sessionId: string];
  /** daily-js judges the connection differently. */
  networkQualityChanged: [quality: NetworkQuality];
  /** A connection was lost or is back. App messages that are sent while signalling is interrupted may be lost. */
  networkConnectionChanged: [change: NetworkConnectionChange];
  /** The machine of daily-js has become too slow for its media, or is fast enough again. */
  cpuLoadChanged: [load: CpuLoad];
  /** A recording started; once more for each that runs at the join. */
  recordingStarted: [recording: RecordingStarted];
  /** A recording stopped. */
  recordingStopped: [recording: InstanceEnded];
  /** A recording failed, or could not be started. */
  recordingError: [error: InstanceError];
  /** Daily's transcription started. */
  transcriptionStarted: [transcription: TranscriptionStarted];
  /** Daily's transcription stopped. */
  transcriptionStopped: [transcription: InstanceEnded];
  /** Daily's transcription failed, or could not be started. */
  transcriptionError: [error: InstanceError];
  /** Daily's transcription heard something. */
  transcriptionMessage: [message: TranscriptionMessage];
  /** Something happened with a telephone. */
  telephonyEvent: [event: TelephonyEvent];
};

/** What a participant may do. What is left out stays as it is. */
export interface ParticipantPermissions {
  /** Whether the others see it as a participant. */
  readonly hasPresence?: boolean;
  /** Daily's names of what it may send ("video", "audio", "screenVideo", "screenAudio", "customVideo", "customAudio"), or all. */
  readonly canSend?: boolean | readonly string[];
  /** Daily's rules for what it may receive. */
  readonly canReceive?: Readonly<Record<string, unknown>>;
  /** What it may administer ("participants", "streaming", "transcription"), or all. */
  readonly canAdmin?: boolean | readonly string[];
}

/** A change of another participant. It takes an owner, or one who may administer participants. */
export interface RemoteParticipantChange {
  /** Whether its microphone is on. */
  readonly microphone?: boolean;
  /** Whether its camera is on. */
  readonly camera?: boolean;
  /** False stops sharing its screen. */
  readonly screen?: false;
  /** Whether to remove it from the call. */
  readonly eject?: boolean;
  /** What it may do from now on. */
  readonly permissions?: ParticipantPermissions;
}

/**
 * Options that go to daily-js as they are; its documentation describes them. They must be JSON: no tracks, no functions.
 */
export type DailyOptions = Readonly<Record<string, unknown>>;

/** What a call asks of telephones and SIP: daily-js' methods of these names. */
export type TelephonyMethod = "startDialOut" | "stopDialOut" | "sendDTMF" | "sipCallTransfer" | "sipRefer";

/** The requests that a call passes to daily-js without more: the argument and the result of each. */
export interface CallControls {
  updateRemoteParticipants: [changes: Readonly<Record<string, RemoteParticipantChange>>, result: undefined];
  updateSendSettings: [settings: DailyOptions, result: DailyOptions];
  updateReceiveSettings: [settings: DailyOptions, result: DailyOptions];
  startRecording: [options: DailyOptions, result: undefined];
  stopRecording: [options: DailyOptions, result: undefined];
  startTranscription: [options: DailyOptions, result: undefined];
  stopTranscription: [options: DailyOptions, result: undefined];
  setUserName: [name: string, result: undefined];
  setUserData: [data: unknown, result: undefined];
  telephony: [request: { readonly method: TelephonyMethod; readonly options: DailyOptions }, result: unknown];
}

/** The part of a {@link DailyCall} that administers the call and its people. */
export interface DailyCallControls {
  /**
   * Mutes, ejects or permits others, by session id. Resolves when the request has left; what the room refuses is a warning.
   *
   * @throws DailyCallError `unknownParticipant`, `requestFailed`, or `notJoined` outside of a call.
   */
  updateRemoteParticipants(changes: Readonly<Record<string, RemoteParticipantChange>>): Promise<void>;
  /**
   * Changes the quality of what is sent: daily-js' send settings. `publishVideo` sets those of its track when it has a
   * `maxBitrate`.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  updateSendSettings(settings: DailyOptions): Promise<DailyOptions>;
  /**
   * Changes the quality of what is received: daily-js' receive settings.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  updateReceiveSettings(settings: DailyOptions): Promise<DailyOptions>;
  /**
   * Starts a recording. Resolves when the request has left: `recordingStarted` or `recordingError` follows.
   *
   * @throws DailyCallError `requestFailed` for options that daily-js refuses, `notJoined` outside of a call.
   */
  startRecording(options?: DailyOptions): Promise<void>;
  /**
   * Stops a recording. Resolves when the request has left: `recordingStopped` follows.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  stopRecording(options?: DailyOptions): Promise<void>;
  /**
   * Starts Daily's transcription. Resolves when the request has left: `transcriptionStarted` or `transcriptionError` follows.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  startTranscription(options?: DailyOptions): Promise<void>;
  /**
   * Stops Daily's transcription. Resolves when the request has left: `transcriptionStopped` follows.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  stopTranscription(options?: DailyOptions): Promise<void>;
  /**
   * Changes our name in the room.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  setUserName(name: string): Promise<void>;
  /**
   * Changes our user data: at most 4096 characters of JSON.
   *
   * @throws DailyCallError `requestFailed`, or `notJoined` outside of a call.
   */
  setUserData(data: unknown): Promise<void>;
  /**
   * Calls daily-js' method for telephones and SIP. `telephonyEvent` reports what comes of it.
   *
   * @throws DailyCallError `requestFailed` with what Daily says, `notJoined` outside of a call.
   */
  telephony(method: TelephonyMethod, options: DailyOptions): Promise<unknown>;
}
