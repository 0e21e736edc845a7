import type { Frame } from "../../../frames/index.ts";
import type { Clock } from "../../../util/clock.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import type { BackgroundSound } from "./background-sound.ts";
import type { PcmResamplerFactory } from "./output-format.ts";

/** What a sender does through its transport. */
export interface MediaSenderHost {
  /** Passes a frame on. */
  push(frame: Frame): void;
  /** Takes a frame that is neither audio nor the end of it, and whose time has come: sends it, shows it or passes it on. */
  deliver(frame: Frame): void;
  /** Passes a frame on in both directions. */
  broadcast(make: () => Frame): void;
  /** Reports an error upstream. */
  pushError(error: Error): void;
}

/** What a {@link MediaSender} needs. */
export interface MediaSenderOptions {
  /** Set on the frames that leave; undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly sink: AudioSink;
  readonly clock: Clock;
  readonly host: MediaSenderHost;
  /** Size of a chunk in milliseconds. */
  readonly chunkMs: number;
  /** How much audio may wait to be heard, here and in the sink, before `audio` makes its caller wait, in milliseconds. */
  readonly maxQueuedMs: number;
  readonly createResampler: PcmResamplerFactory;
  /** Sound under what is said, and alone when nothing is. The sender starts and stops it. */
  readonly background: BackgroundSound | undefined;
}
