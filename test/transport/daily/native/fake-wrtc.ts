import type { AudioData } from "../../../../src/util/audio-data.ts";
import type { Wrtc } from "../../../../src/util/wrtc.ts";

/** The audio classes of `@roamhq/wrtc`: what was sent, and what a test lets be received. */
export function fakeWrtc() {
  const sent: Int16Array[] = [];
  let receive: (data: AudioData) => void = () => undefined;
  class RTCAudioSource {
    createTrack(): object {
      return { kind: "audio", stop: () => undefined };
    }
    onData({ samples }: AudioData): void {
      sent.push(samples.slice());
    }
  }
  class RTCAudioSink {
    ondata: ((data: AudioData) => void) | null = null;
    constructor() {
      receive = (data) => this.ondata?.(data);
    }
    stop(): void {
      this.ondata = null;
    }
  }
  const wrtc = { nonstandard: { RTCAudioSource, RTCAudioSink } } as unknown as Wrtc;
  return { wrtc, sent, receive: (data: AudioData) => receive(data) };
}
