import type { AudioSink } from "../playout/audio-sink.ts";
import type { DailyRuntimeName } from "./daily-call.ts";
import type { DriverEvent, DriverMethod, DriverRequests } from "./driver-messages.ts";
import type { HostedVideoSink, HostedVideoSinkOptions } from "./fitted-video-sink.ts";
import type { Picture } from "./picture.ts";

/** A sink whose track the host made. */
export interface HostedSink extends AudioSink {
  /** Releases the track without a request to daily-js, when the call is over. */
  release(): void;
}

/** Receives what happens in a host. */
export interface HostListener {
  onEvent(event: DriverEvent): void;
  /** The runtime of daily-js is gone. */
  onDeath(error: Error): void;
  onWarning(message: string): void;
}

/** Where a call driver runs: a media process, or a page of a browser. */
export interface CallHost {
  readonly runtime: DailyRuntimeName;
  /** Rejects with a DailyCallError. */
  request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]>;
  /** Makes the near end of a sink; `publish` with the same id publishes its track. */
  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink;
  /** Makes the near end of a video sink; `publishVideo` with the same id publishes its track. */
  createVideoSink(sinkId: number, options: HostedVideoSinkOptions): HostedVideoSink;
  /** Sets the receiver of a capture's PCM, mono at this rate in Hz. Call it before `capture` with the same id. */
  addCapture(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void>;
  /**
   * Sets the receiver of a capture's pictures, one for each {@link wantPicture}. Call it before `capture` with the same id.
   */
  addVideoCapture(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void;
  /** Orders the next picture of a capture, from now on or from when its track is on. */
  wantPicture(captureId: number): void;
  /** Removes an audio or video capture. */
  removeCapture(captureId: number): void;
  /** Closes everything. Idempotent. */
  close(): Promise<void>;
}

/** Starts a host; events may arrive from its first request on. */
export type StartHost = (listener: HostListener) => Promise<CallHost>;
