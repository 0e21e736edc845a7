import type { RTVIOptions } from "../../rtvi/index.ts";
import type { Logger } from "../../util/logger.ts";
import type { TransportParamsInput } from "../base/transport-params-types.ts";
import type { DailyOptions } from "../daily/call-controls.ts";
import type { DailyRuntime } from "../daily/create-daily-call.ts";
import type { MediaPriority } from "../daily/media-priority.ts";

/** How a video track of every user is captured. */
export interface VideoInSource {
  /** At most this many pictures per second, up to 30; 0: only those that a UserImageRequestFrame asks for. Default 30. */
  readonly fps?: number | undefined;
  /** The format of the pictures. "I420" saves a conversion. Default "RGB". */
  readonly format?: "RGB" | "I420" | undefined;
  /** Wider pictures are scaled down to this width, in pixels, from 16 to 1920. Default 1280. */
  readonly maxWidth?: number | undefined;
}

/** What goes in and out. Of the general params, `audioOutAutoSilence` must stay true: Daily's tracks never pause. */
export interface DailyParamsInput extends TransportParamsInput {
  /** Whether the users' audio is captured for the pipeline. Default true. */
  readonly audioInEnabled?: boolean | undefined;
  /**
   * Which audio tracks of every user are captured as soon as the user is in the room: "microphone", "screenAudio" or names
   * of custom tracks. Default: the microphone. `captureParticipantAudio` captures others.
   */
  readonly audioInSources?: readonly string[] | undefined;
  /** Whether the bot is heard. Default true. */
  readonly audioOutEnabled?: boolean | undefined;
  /**
   * Whether the bot's voice is its microphone. Default true. Otherwise its voice is the first of `audioOutDestinations`, a
   * custom track.
   */
  readonly microphoneOutEnabled?: boolean | undefined;
  /**
   * Which video tracks of every user are captured as soon as the user is in the room, and how: "camera", "screenVideo" or
   * names of custom tracks. Needs `videoInEnabled`. Default: none; `captureParticipantVideo` captures them one by one.
   */
  readonly videoInSources?: Readonly<Record<string, VideoInSource>> | undefined;
  /** With `videoOutEnabled`: whether the bot has a camera. Default true. Otherwise it has only `videoOutDestinations`. */
  readonly cameraOutEnabled?: boolean | undefined;
  /** The highest bit rate of each video track of the bot, in bit/s, from 10000 to 10000000. Default: what daily-js chooses. */
  readonly videoOutBitrate?: number | undefined;
  /**
   * Whether Daily transcribes what users say, which becomes `TranscriptionFrame`s and `InterimTranscriptionFrame`s. Needs a
   * token that may administer the transcription, and is billed by Daily. Default false.
   */
  readonly transcriptionEnabled?: boolean | undefined;
  /** daily-js' options of `startTranscription`. Default: English, "nova-2-general", with preliminary transcripts. */
  readonly transcriptionSettings?: DailyOptions | undefined;
  /**
   * Deadline for starting the runtime, and again for joining the room, in milliseconds; no other deadline is shorter.
   * Default 30000.
   */
  readonly joinTimeoutMs?: number | undefined;
}

/** What a `DailyTransport` is made from. */
export interface DailyTransportOptions {
  /**
   * The URL of the room; a token in it (`?t=`) is taken out. Default: the environment variable DAILY_ROOM_URL, else
   * DAILY_SAMPLE_ROOM_URL.
   */
  readonly roomUrl?: string | undefined;
  /**
   * The meeting token, for private rooms and for what only owners may do. Default: the one in `roomUrl`, else the
   * environment variable DAILY_ROOM_TOKEN where the room is the environment's, too.
   */
  readonly token?: string | undefined;
  /** The bot's name in the room. Default "Bot". */
  readonly botName?: string | undefined;
  /**
   * Where daily-js runs. "auto" (default): in a media process of Node for rooms on this machine, otherwise in a headless
   * Chromium. "native" and "chromium" name one.
   */
  readonly runtime?: DailyRuntime | undefined;
  /**
   * In the `native` runtime: whether calls share one media process (default "shared"), or this one has its own ("perCall"). The
   * crash of a media process ends the calls in it.
   */
  readonly mediaProcess?: "shared" | "perCall" | undefined;
  /**
   * The length of the audio packets that the bot sends, in ms: 10 has less delay, 20 costs less CPU. Default: what the others
   * in the room ask for. Calls that share a media process share it.
   */
  readonly packetTimeMs?: 10 | 20 | undefined;
  /**
   * In the `chromium` runtime: whether received sound passes through the browser's jitter buffer. Default false: each packet is
   * heard at once, so that a sender that stalled is late no longer than its stall. True brings back how the browser conceals
   * lost packets, and some 20 ms of delay, for seconds more after a stall. The `native` runtime always has the buffer.
   */
  readonly jitterBuffer?: boolean | undefined;
  /**
   * How the operating system treats the processes of the media where others want the cores as well: "normal" (default), "high"
   * (nice -10) or "realtime" (SCHED_RR; with `chromium` as "high"). The last two need privileges; without them the call runs all
   * the same, and a warning is logged.
   */
  readonly mediaPriority?: MediaPriority | undefined;
  /** Where the life of the call is logged. Default: the pipeline's logger. */
  readonly logger?: Logger | undefined;
  /**
   * RTVI, the protocol of Pipecat's web clients: false for none, or what is sent and taken. Default: on. Nothing is sent before
   * a client in the room has asked for it; see the guide on RTVI for who may do what.
   */
  readonly rtvi?: false | RTVIOptions | undefined;
  /** What goes in and out. */
  readonly params?: DailyParamsInput | undefined;
}
