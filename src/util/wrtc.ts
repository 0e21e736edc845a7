import { createRequire } from "node:module";

import type { AudioData } from "./audio-data.ts";
import { asError } from "./errors.ts";
import { NativeModuleError } from "./native-module-error.ts";
import { skipNativeTeardown } from "./skip-native-teardown.ts";

/** Turns PCM into a track; takes exactly 10 ms per call. */
export interface RtcAudioSource {
  createTrack(): MediaStreamTrack;
  onData(data: AudioData): void;
}

/** Turns a track into PCM: 10 ms per call, at the rate of libwebrtc's mixer. */
export interface RtcAudioSink {
  ondata: ((data: AudioData) => void) | null;
  stop(): void;
}

/** Turns I420 pictures into a track. */
export interface RtcVideoSource {
  createTrack(): MediaStreamTrack;
  onFrame(frame: {
    readonly width: number;
    readonly height: number;
    readonly data: Uint8ClampedArray | Uint8Array;
  }): void;
}

/** A received picture in I420, not yet rotated. `rotation` is in degrees clockwise, as the sender asks. */
export interface RtcVideoFrame {
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  readonly data: Uint8Array;
}

/** Delivers the pictures of a track. */
export interface RtcVideoSink {
  onframe: ((event: { readonly frame: RtcVideoFrame }) => void) | null;
  stop(): void;
}

/** The part of `@roamhq/wrtc` that this library uses. The package's own types omit the nonstandard classes. */
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

/** Loads the native WebRTC module. Throws a NativeModuleError that says how to install it. */
export function loadWrtc(): Wrtc {
  try {
    const wrtc = createRequire(import.meta.url)("@roamhq/wrtc") as Wrtc;
    skipNativeTeardown();
    return wrtc;
  } catch (thrown) {
    throw new NativeModuleError(asError(thrown).message.split("\n")[0] ?? "", thrown);
  }
}
