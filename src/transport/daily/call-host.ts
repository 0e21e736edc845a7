import type { AudioSink } from "../base/audio-sink.ts";
import type { DailyRuntimeName } from "./daily-call.ts";
import type { DriverEvent, DriverMethod, DriverRequests } from "./driver-messages.ts";

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
  removeCapture(captureId: number): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Starts a host; events may come as soon as it is asked for something. */
export type StartHost = (listener: HostListener) => Promise<CallHost>;
