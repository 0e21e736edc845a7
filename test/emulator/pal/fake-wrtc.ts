import type { AudioData } from "../../../src/util/audio-data.ts";
import type { Wrtc } from "../../../src/util/wrtc.ts";

interface Picture {
  readonly atMs: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Sources that keep what they are given; nothing else of WebRTC. */
export class FakeWrtc {
  readonly sound: AudioData[] = [];
  readonly pictures: Picture[] = [];
  readonly wrtc: Wrtc;

  constructor(nowMs: () => number) {
    const { sound, pictures } = this;
    const createTrack = () => ({ stop: () => undefined });
    const nonstandard = {
      RTCAudioSource: class {
        createTrack = createTrack;
        onData = (data: AudioData) => sound.push(data);
      },
      RTCVideoSource: class {
        createTrack = createTrack;
        onFrame = ({ width, height, data }: Omit<Picture, "atMs">) =>
          pictures.push({ atMs: nowMs(), width, height, data: data.slice() });
      },
    };
    this.wrtc = { nonstandard } as unknown as Wrtc;
  }
}
