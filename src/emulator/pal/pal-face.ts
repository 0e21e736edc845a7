import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { RtcVideoSource, Wrtc } from "../../util/wrtc.ts";

const WIDTH = 320;
const HEIGHT = 240;
const FRAME_MS = 66;
/** Luma and chroma of the background, the skin, and the dark of eyes and mouth. */
const BACKGROUND = { y: 90, u: 150, v: 110 };
const SKIN = { y: 180, u: 110, v: 150 };
const DARK_Y = 40;

function inEllipse(x: number, y: number, cx: number, cy: number, rx: number, ry: number): boolean {
  return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
}

/** The pal's camera: a drawn face whose mouth opens with its voice. Draws only while somebody watches. */
export class PalFace {
  readonly track: MediaStreamTrack;
  readonly #source: RtcVideoSource;
  readonly #clock: Clock;
  readonly #isWatched: () => boolean;
  readonly #still: Uint8ClampedArray;
  readonly #picture: Uint8ClampedArray;
  #loudness = 0;
  #timer: TimerHandle;

  constructor(wrtc: Wrtc, clock: Clock, isWatched: () => boolean) {
    this.#clock = clock;
    this.#isWatched = isWatched;
    this.#source = new wrtc.nonstandard.RTCVideoSource();
    this.track = this.#source.createTrack();
    this.#still = stillFace();
    this.#picture = this.#still.slice();
    this.#schedule();
  }

  /** Current level of the voice: a peak of 16-bit samples. */
  speak(peak: number): void {
    this.#loudness = Math.max(this.#loudness * 0.8, peak / 32_768);
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.track.stop();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimeout(() => {
      if (this.#isWatched()) this.#draw();
      this.#schedule();
    }, FRAME_MS);
  }

  #draw(): void {
    const picture = this.#picture;
    picture.set(this.#still);
    const open = 3 + Math.min(1, this.#loudness * 2) * 22;
    for (let y = 150; y < 210; y++)
      for (let x = 120; x < 200; x++) if (inEllipse(x, y, 160, 178, 30, open)) picture[y * WIDTH + x] = DARK_Y;
    this.#loudness *= 0.6;
    this.#source.onFrame({ width: WIDTH, height: HEIGHT, data: picture });
  }
}

/** The face without its mouth, as I420: a full plane of luma, then two of chroma at half the size each way. */
function stillFace(): Uint8ClampedArray {
  const picture = new Uint8ClampedArray((WIDTH * HEIGHT * 3) / 2);
  const isFace = (x: number, y: number): boolean => inEllipse(x, y, 160, 120, 85, 105);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const isEye = inEllipse(x, y, 128, 95, 9, 13) || inEllipse(x, y, 192, 95, 9, 13);
      picture[y * WIDTH + x] = isEye ? DARK_Y : isFace(x, y) ? SKIN.y : BACKGROUND.y;
    }
  }
  const chroma = WIDTH * HEIGHT;
  const half = chroma / 4;
  for (let y = 0; y < HEIGHT / 2; y++) {
    for (let x = 0; x < WIDTH / 2; x++) {
      const at = chroma + y * (WIDTH / 2) + x;
      const colour = isFace(x * 2, y * 2) ? SKIN : BACKGROUND;
      picture[at] = colour.u;
      picture[at + half] = colour.v;
    }
  }
  return picture;
}
