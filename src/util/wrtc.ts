import { createRequire } from "node:module";

import type { AudioData } from "./audio-data.ts";
import { asError } from "./errors.ts";
import { NativeModuleError } from "./native-module-error.ts";
import { skipNativeTeardown } from "./skip-native-teardown.ts";

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

/** Makes a track of pictures in I420. */
export interface RtcVideoSource {
  createTrack(): MediaStreamTrack;
  onFrame(frame: { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray }): void;
}

/** A picture as it was received: I420, not yet turned as its sender asks, in degrees clockwise. */
export interface RtcVideoFrame {
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  readonly data: Uint8Array;
}

/** Takes pictures out of a track. */
export interface RtcVideoSink {
  onframe: ((event: { readonly frame: RtcVideoFrame }) => void) | null;
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
    readonly RTCVideoSource: new () => RtcVideoSource;
    readonly RTCVideoSink: new (track: MediaStreamTrack) => RtcVideoSink;
  };
}

/** Loads the native WebRTC module, or says how to get it. */
export function loadWrtc(): Wrtc {
  try {
    const wrtc = createRequire(import.meta.url)("@roamhq/wrtc") as Wrtc;
    skipNativeTeardown();
    return wrtc;
  } catch (thrown) {
    throw new NativeModuleError(asError(thrown).message.split("\n")[0] ?? "", thrown);
  }
}
