import type { JsonObject } from "../names.ts";

/** Media that a participant may be allowed to send. */
export type DailySendable = "video" | "audio" | "screenVideo" | "screenAudio" | "customVideo" | "customAudio";

/** What participants may do. Daily's own names. A token's permissions take precedence over its room's. */
export interface DailyPermissions {
  /** Whether the participant is visible to others. */
  readonly hasPresence?: boolean | undefined;
  /** What it may send: everything, nothing, or these. */
  readonly canSend?: boolean | readonly DailySendable[] | undefined;
  /** Whose media it may receive. */
  readonly canReceive?:
    | { readonly base?: unknown; readonly byUserId?: JsonObject; readonly byParticipantId?: JsonObject }
    | undefined;
  /** What it may administer: everything, nothing, or these. */
  readonly canAdmin?: boolean | readonly ("participants" | "streaming" | "transcription")[] | undefined;
}

/** The properties of a room (docs.daily.co, "Room configuration"). Times are Unix times in seconds. */
export interface DailyRoomProperties {
  /** Nobody can join before this Unix time in seconds. Default: none. */
  readonly nbf?: number | undefined;
  /**
   * Nobody can join from this Unix time in seconds on; participants stay unless `ejectAtRoomExp`. Default: the room lives
   * forever.
   */
  readonly exp?: number | undefined;
  /** Whether participants are ejected at `exp`. Default false. */
  readonly ejectAtRoomExp?: boolean | undefined;
  /** Each participant is ejected this many seconds after it joined. Default: never. */
  readonly ejectAfterElapsed?: number | undefined;
  /** Default 200. */
  readonly maxParticipants?: number | undefined;
  /** Whether people without a token may ask to be let into a private room. Default false. */
  readonly enableKnocking?: boolean | undefined;
  /** Daily Prebuilt's chat. Default false. */
  readonly enableChat?: boolean | undefined;
  /** Whether screens may be shared. Default true. */
  readonly enableScreenshare?: boolean | undefined;
  /** Whether people without ownership join hidden. Default false. */
  readonly enableHiddenParticipants?: boolean | undefined;
  /** Whether a participant who joins ejects an earlier one with the same user id. Default false. */
  readonly enforceUniqueUserIds?: boolean | undefined;
  /** What may be recorded: `cloud`, `cloud-audio-only`, `local` or `raw-tracks`. Default: nothing. */
  readonly enableRecording?: string | undefined;
  /** Whether clients join with the camera off. A default for clients, not a rule. Default false. */
  readonly startVideoOff?: boolean | undefined;
  /** Whether clients join with the microphone off. A default for clients, not a rule. Default false. */
  readonly startAudioOff?: boolean | undefined;
  /** The region of the media server, such as `eu-central-1`. Default: near the first participant. */
  readonly geo?: string | undefined;
  /** How many participants the room takes before it switches to a media server. Default 0.5: always. */
  readonly sfuSwitchover?: number | undefined;
  /** Whether one-to-one calls adapt their bitrate. Default true. */
  readonly enableAdaptiveSimulcast?: boolean | undefined;
  /** Whether calls of several people adapt their bitrate. Default false. */
  readonly enableMultipartyAdaptiveSimulcast?: boolean | undefined;
  /** Default false. */
  readonly enableTerseLogging?: boolean | undefined;
  /** Whether Daily Prebuilt shows a waiting room with a camera check. Default: the domain's. */
  readonly enablePrejoinUi?: boolean | undefined;
  /** The language of Daily Prebuilt. Default "en". */
  readonly lang?: string | undefined;
  /** A URL that is called at each join, at most 255 characters. Default: none. */
  readonly meetingJoinHook?: string | undefined;
  /** Whether transcripts are stored. Default false. */
  readonly enableTranscriptionStorage?: boolean | undefined;
  /** Whether calls to telephones may be made. Default false. */
  readonly enableDialout?: boolean | undefined;
  /** Dial-in over SIP, in Daily's own names. Default: none. */
  readonly sip?: JsonObject | undefined;
  /** Where recordings are stored, in Daily's own names. Default: at Daily. */
  readonly recordingsBucket?: JsonObject | undefined;
  /** What participants without permissions in their token may do. Default: the domain's. */
  readonly permissions?: DailyPermissions | undefined;
}

/** Changes of a room's properties. null restores the default. */
export type DailyRoomPropertyChanges = { readonly [K in keyof DailyRoomProperties]: DailyRoomProperties[K] | null };

/** Who may join a room: everybody with its URL, or only holders of a token. */
export type DailyRoomPrivacy = "public" | "private";

/** The options of a new room. */
export interface CreateDailyRoomOptions {
  /** Letters, digits, "-" and "_", at most 128. Default: a random name that no other room has. */
  readonly name?: string | undefined;
  /** Default: Daily's, "public". */
  readonly privacy?: DailyRoomPrivacy | undefined;
  /** The room's properties. Default: Daily's. */
  readonly properties?: DailyRoomProperties | undefined;
  /** Properties that this client does not know, in Daily's own names. They are merged last. */
  readonly extraProperties?: JsonObject | undefined;
}

/** The options of a new room that ends by itself. */
export interface CreateTemporaryRoomOptions extends CreateDailyRoomOptions {
  /** The room and everybody's stay in it end after this many seconds. Default 3600. */
  readonly expiresInS?: number | undefined;
}

/** Changes of a room. */
export interface UpdateDailyRoomOptions {
  /** Default: unchanged. */
  readonly privacy?: DailyRoomPrivacy | undefined;
  /** Default: unchanged. */
  readonly properties?: DailyRoomPropertyChanges | undefined;
  /** Changes of properties that this client does not know, in Daily's own names. */
  readonly extraProperties?: JsonObject | undefined;
}

/** A Daily room. */
export interface DailyRoom {
  /** Its name: the last part of the URL. */
  readonly name: string;
  /** Where participants join. */
  readonly url: string;
  /** Its id; the cursor of lists. */
  readonly id?: string | undefined;
  /** Who may join. */
  readonly privacy?: DailyRoomPrivacy | undefined;
  /** When it was created, in ISO 8601. */
  readonly createdAt?: string | undefined;
  /** The properties that differ from the defaults. Nested objects have Daily's own names. */
  readonly config: DailyRoomProperties;
  /** Daily's answer, unchanged, including fields that this client does not know. */
  readonly raw: JsonObject;
}
