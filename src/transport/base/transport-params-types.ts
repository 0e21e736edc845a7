import type { AudioFilter } from "../../audio/audio-filter.ts";
import type { AudioMixer } from "../../audio/audio-mixer.ts";

/** What a user writes: everything has a default. */
export interface TransportParamsInput {
  /** Whether users are heard. Default false. */
  readonly audioInEnabled?: boolean | undefined;
  /** Whether the bot is heard. Default false. */
  readonly audioOutEnabled?: boolean | undefined;
  /** In Hz. Default: the task's, which is 16000 by default. */
  readonly audioInSampleRate?: number | undefined;
  /** In Hz. Default: the task's, which is 24000 by default. */
  readonly audioOutSampleRate?: number | undefined;
  /** Whether captured audio is pushed down the pipeline. Default true. */
  readonly audioInPassthrough?: boolean | undefined;
  /** Whether capture starts with the StartFrame. Default true. Otherwise it starts with `startAudioIn()`. */
  readonly audioInStreamOnStart?: boolean | undefined;
  /** Filters what users say before anything else hears it. Default: none. */
  readonly audioInFilter?: AudioFilter | undefined;
  /** Size of a chunk of output audio in units of 10 ms. Default 4. */
  readonly audioOut10msChunks?: number | undefined;
  /** How long the transport stays after the last audio was heard, so that no word is cut off, in ms. Default 2000. */
  readonly audioOutEndSilenceMs?: number | undefined;
  /** How much output audio may wait to be heard before frames have to wait as well, in ms. Default 60000. */
  readonly audioOutQueueMs?: number | undefined;
  /** Names of output tracks besides the default one. Frames choose by `transportDestination`. Default: none. */
  readonly audioOutDestinations?: readonly string[] | undefined;
  /**
   * Background sound: one mixer for the default destination, or one per destination by its name ("default" is a default
   * destination without a name). Default: none.
   */
  readonly audioOutMixer?: AudioMixer | Readonly<Record<string, AudioMixer>> | undefined;
  /**
   * Whether a sink sends silence while it has nothing to play, where it can choose. Default true: most receivers take a gap
   * for packet loss and increase their delay.
   */
  readonly audioOutAutoSilence?: boolean | undefined;
  /** Whether users are seen. Default false. */
  readonly videoInEnabled?: boolean | undefined;
  /** Whether the bot shows pictures. Default false: then they pass through like any other frame. */
  readonly videoOutEnabled?: boolean | undefined;
  /** Whether pictures are a stream, each shown once. Default false: a picture is shown until the next one. */
  readonly videoOutIsLive?: boolean | undefined;
  /** In pixels. Default 1024. */
  readonly videoOutWidth?: number | undefined;
  /** In pixels. Default 768. */
  readonly videoOutHeight?: number | undefined;
  /** Pictures per second. Default 30. */
  readonly videoOutFps?: number | undefined;
  /** Names of video tracks besides the default one. Frames choose by `transportDestination`. Default: none. */
  readonly videoOutDestinations?: readonly string[] | undefined;
}

/** The params with their defaults. */
export interface TransportParams extends TransportParamsInput {
  readonly audioInEnabled: boolean;
  readonly audioOutEnabled: boolean;
  readonly audioInPassthrough: boolean;
  readonly audioInStreamOnStart: boolean;
  readonly audioOut10msChunks: number;
  readonly audioOutEndSilenceMs: number;
  readonly audioOutQueueMs: number;
  readonly audioOutDestinations: readonly string[];
  readonly audioOutAutoSilence: boolean;
  readonly videoInEnabled: boolean;
  readonly videoOutEnabled: boolean;
  readonly videoOutIsLive: boolean;
  readonly videoOutWidth: number;
  readonly videoOutHeight: number;
  readonly videoOutFps: number;
  readonly videoOutDestinations: readonly string[];
}
