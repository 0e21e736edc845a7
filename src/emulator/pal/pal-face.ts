import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { RtcVideoSource, Wrtc } from "../../util/wrtc.ts";
import { darkenMouth, type Drawing, drawFace, fillMark } from "./face-drawing.ts";

/** The camera picture of a pal. */
export interface PalVideo {
  /** Width in pixels, even, 64 to 1280. Default 320. */
  readonly width?: number;
  /** Height in pixels, even, 48 to 720. Default 240. */
  readonly height?: number;
  /** Pictures per second, 1 to 60. Default 30. The mark in the picture is exact at any rate. */
  readonly fps?: number;
}

/** A peak of 16-bit samples above this is loud: the mark is white while the pal's sound is. */
const LOUD_PEAK = 1000;

/**
 * The pal's camera: a drawn face whose mouth opens with its voice, and in the corner a mark that is white while the sound
 * of the same moment is loud, and black otherwise. It draws only while somebody watches: at a steady rate, and besides at
 * once whenever the mark changes, so that a receiver can tell how far the picture is from the sound.
 */
export class PalFace {
  readonly track: MediaStreamTrack;
  readonly #source: RtcVideoSource;
  readonly #clock: Clock;
  readonly #isWatched: () => boolean;
  readonly #onMark: (isLoud: boolean) => void;
  readonly #drawing: Drawing;
  readonly #frameMs: number;
  #loudness = 0;
  #isLoud = false;
  #isFrozen = false;
  #timer: TimerHandle;

  constructor(
    wrtc: Wrtc,
    clock: Clock,
    { width = 320, height = 240, fps = 30 }: PalVideo,
    on: { readonly isWatched: () => boolean; readonly onMark: (isLoud: boolean) => void },
  ) {
    this.#clock = clock;
    this.#isWatched = on.isWatched;
    this.#onMark = on.onMark;
    this.#source = new wrtc.nonstandard.RTCVideoSource();
    this.track = this.#source.createTrack();
    this.#drawing = drawFace(width, height);
    this.#frameMs = 1000 / fps;
    this.#schedule();
  }

  /** The voice now: the peak of 10 ms in 16-bit samples. */
  speak(peak: number): void {
    if (this.#isFrozen) return;
    this.#loudness = Math.max(this.#loudness, peak / 32_768);
    const isLoud = peak > LOUD_PEAK;
    if (isLoud === this.#isLoud) return;
    this.#isLoud = isLoud;
    this.#onMark(isLoud);
    this.#clock.clearTimeout(this.#timer);
    this.#show();
    this.#schedule();
  }

  /** Shows the same picture until {@link thaw}. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.track.stop();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#show();
      this.#schedule();
    }, this.#frameMs);
  }

  #show(): void {
    if (!this.#isWatched()) return;
    const { width, height, picture } = this.#drawing;
    if (!this.#isFrozen) {
      darkenMouth(this.#drawing, Math.min(1, this.#loudness * 2));
      fillMark(this.#drawing, this.#isLoud);
      this.#loudness *= 0.75;
    }
    this.#source.onFrame({ width, height, data: picture });
  }
}
