import { TONE_AMPLITUDE, TONE_HZ } from "./sound.ts";

const JUMP_RAD = 0.2;
const BLOCK_MS = 10;

interface Waves {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Computed once per size: the judge must not become the load. */
const wavesBySize = new Map<string, Waves>();

function waves(sampleRate: number, frames: number): Waves {
  const key = `${sampleRate} ${frames}`;
  let found = wavesBySize.get(key);
  if (!found) {
    const angles = Float64Array.from({ length: frames }, (_, i) => (2 * Math.PI * TONE_HZ * i) / sampleRate);
    found = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
    wavesBySize.set(key, found);
  }
  return found;
}

/** What was wrong with a tone that should have been continuous. */
export interface ToneVerdict {
  /** How many 10 ms blocks were heard. */
  readonly blocks: number;
  /** Blocks with less than half of the tone's amplitude. */
  readonly dropouts: number;
  /** The longest run of such blocks. */
  readonly longestGapMs: number;
  /** Blocks whose tone starts more than 0.2 rad from where the previous block ended. */
  readonly phaseJumps: number;
}

/** Detects the amplitude and phase of the bench's tone, one 10 ms block (five whole periods) at a time. */
export class ToneListener {
  #blocks = 0;
  #dropouts = 0;
  #gap = 0;
  #longestGap = 0;
  #phaseJumps = 0;
  #phase: number | undefined;

  get verdict(): ToneVerdict {
    return {
      blocks: this.#blocks,
      dropouts: this.#dropouts,
      longestGapMs: this.#longestGap * BLOCK_MS,
      phaseJumps: this.#phaseJumps,
    };
  }

  readonly hear = (samples: Int16Array, sampleRate: number, channelCount = 1): void => {
    const frames = samples.length / channelCount;
    const { cos, sin } = waves(sampleRate, frames);
    let inPhase = 0;
    let quadrature = 0;
    for (let i = 0; i < frames; i++) {
      const sample = samples[i * channelCount] ?? 0;
      inPhase += sample * (cos[i] ?? 0);
      quadrature += sample * (sin[i] ?? 0);
    }
    this.#blocks++;
    if ((2 * Math.hypot(inPhase, quadrature)) / frames < TONE_AMPLITUDE / 2) {
      this.#dropouts++;
      this.#longestGap = Math.max(this.#longestGap, ++this.#gap);
      this.#phase = undefined;
      return;
    }
    this.#gap = 0;
    const phase = Math.atan2(quadrature, inPhase);
    if (this.#phase !== undefined) {
      const moved = Math.abs(phase - this.#phase);
      if (Math.min(moved, 2 * Math.PI - moved) > JUMP_RAD) this.#phaseJumps++;
    }
    this.#phase = phase;
  };
}
