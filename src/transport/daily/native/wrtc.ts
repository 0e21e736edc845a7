import { createRequire } from "node:module";

import { asError } from "../../../util/errors.ts";
import { DailyCallError } from "../daily-errors.ts";

export interface AudioData {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly bitsPerSample: 16;
  readonly channelCount: number;
  readonly numberOfFrames: number;
}

/** Makes a track of PCM: takes exactly 10 ms a call. */
export interface RtcAudioSource {
  createTrack(): MediaStreamTrack;
  onData(data: AudioData): void;
}

/** Makes PCM of a track: 10 ms a call, at whatever rate libwebrtc's mixer runs. */
export interface RtcAudioSink {
  ondata: ((data: AudioData) => void) | null;
  stop(): void;
}

/** What we use of `@roamhq/wrtc`; its own types leave the nonstandard classes out. */
export interface Wrtc {
  readonly RTCPeerConnection: typeof RTCPeerConnection;
  readonly RTCSessionDescription: typeof RTCSessionDescription;
  readonly RTCIceCandidate: typeof RTCIceCandidate;
  readonly MediaStream: typeof MediaStream;
  readonly MediaStreamTrack: typeof MediaStreamTrack;
  readonly nonstandard: {
    readonly RTCAudioSource: new () => RtcAudioSource;
    readonly RTCAudioSink: new (track: MediaStreamTrack) => RtcAudioSink;
  };
}

/** Loads the native WebRTC module, or says how to get it. */
export function loadWrtc(): Wrtc {
  try {
    return createRequire(import.meta.url)("@roamhq/wrtc") as Wrtc;
  } catch (thrown) {
    throw new DailyCallError(
      "runtimeUnavailable",
      `The native runtime needs the package @roamhq/wrtc, and it cannot be loaded here (${asError(thrown).message.split("\n")[0] ?? ""}). ` +
        'Install it with "npm install @roamhq/wrtc", or use runtime: "chromium".',
      { cause: thrown },
    );
  }
}
