import type { DailyCall, DailyParticipant } from "@daily-co/daily-js";

import { AudioTicker } from "../../src/audio/audio-ticker.ts";
import { loadDailyInNode } from "../../src/transport/daily/native/process/daily-in-node.ts";
import { NativeAudioSink } from "../../src/transport/daily/native/process/native-audio-sink.ts";
import { systemClock } from "../../src/util/clock.ts";
import { loadWrtc } from "../../src/util/wrtc.ts";
import { tone } from "./tone.ts";

const ticker = new AudioTicker(systemClock);

/** A participant that uses daily-js directly in this process, for what a DailyCall cannot do. */
export class RawDaily implements AsyncDisposable {
  readonly call: DailyCall;
  readonly microphone = new NativeAudioSink(loadWrtc(), ticker, 48_000, (_generation, samples) => {
    this.playedSamples = samples;
  });
  /** Of its microphone. */
  playedSamples = 0;

  private constructor(call: DailyCall) {
    this.call = call;
  }

  static async join(
    url: string,
    { userName, token }: { userName: string; token?: string | undefined },
  ): Promise<RawDaily> {
    const dailyConfig = { bundlePathOverride: `${new URL(url).origin}/_daily` } as object;
    const call = loadDailyInNode(loadWrtc()).createCallObject({ allowMultipleCallInstances: true, dailyConfig });
    const raw = new RawDaily(call);
    await call.join({ url, userName, audioSource: false, videoSource: false, ...(token !== undefined && { token }) });
    return raw;
  }

  participant(sessionId: string): DailyParticipant | undefined {
    return this.call.participants()[sessionId];
  }

  /** Switches its microphone on, with nine seconds of a tone. */
  async openMicrophone(hz: number): Promise<void> {
    this.microphone.push(0, tone(hz, 48_000, 9000));
    await this.call.setInputDevicesAsync({ audioSource: this.microphone.track });
    this.call.setLocalAudio(true);
  }

  /** Switches its camera on. */
  async openCamera(track: MediaStreamTrack): Promise<void> {
    await this.call.setInputDevicesAsync({ videoSource: track });
    this.call.setLocalVideo(true);
  }

  get sessionId(): string {
    return this.call.participants().local.session_id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.call.isDestroyed()) await this.call.destroy();
    this.microphone.release();
  }
}
