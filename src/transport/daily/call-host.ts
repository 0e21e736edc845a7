import type { AudioSink } from "../playout/audio-sink.ts";
import type { DailyRuntimeName } from "./daily-call.ts";
import type { DriverEvent, DriverMethod, DriverRequests } from "./driver-messages.ts";
import type { Picture } from "./picture.ts";

/** A sink whose track the host made; `release` lets go of it without a word to daily-js, when the call is over. */
export interface HostedSink extends AudioSink {
  release(): void;
}

export interface HostListener {
  onEvent(event: DriverEvent): void;
  /** The place where daily-js runs is gone. */
  onDeath(error: Error): void;
  onWarning(message: string): void;
}

/** Where a call driver lives: this process, or a page of a browser. */
export interface CallHost {
  readonly runtime: DailyRuntimeName;
  /** Rejects with a DailyCallError. */
  request<M extends DriverMethod>(method: M, argument: DriverRequests[M][0]): Promise<DriverRequests[M][1]>;
  /** The near end of a sink; `publish` with the same id makes its track heard. */
  createSink(sinkId: number, sampleRate: number, onClose: () => Promise<void>): HostedSink;
  /** Where the PCM of a capture goes, mono at this rate. Before `capture` with the same id. */
  addCapture(captureId: number, sampleRate: number, onPcm: (pcm: Int16Array) => void): Promise<void>;
  /** Where the pictures of a capture go, one for each {@link wantPicture}. Before `capture` with the same id. */
  addVideoCapture(captureId: number, maxWidth: number, onPicture: (picture: Picture) => void): void;
  /** The next picture of that capture is wanted, from now on or from when there is one. */
  wantPicture(captureId: number): void;
  /** Of either kind. */
  removeCapture(captureId: number): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Starts a host; events may come as soon as it is asked for something. */
export type StartHost = (listener: HostListener) => Promise<CallHost>;
