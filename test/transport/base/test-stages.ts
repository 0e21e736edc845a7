import type { AudioFilter, AudioMixer } from "../../../src/audio/index.ts";

/** Background sound of a constant level. */
export class SteadyMixer implements AudioMixer {
  level: number;
  on = true;
  starts: number[] = [];
  stops = 0;
  mixedSamples = 0;
  failure: Error | undefined;
  startFailure: Error | undefined;
  starting: Promise<void> | undefined;

  constructor(level = 100) {
    this.level = level;
  }

  get active(): boolean {
    return this.on;
  }

  async start(sampleRate: number): Promise<void> {
    this.starts.push(sampleRate);
    await this.starting;
    if (this.startFailure) throw this.startFailure;
  }

  stop(): void {
    this.stops++;
  }

  update({ level }: Readonly<Record<string, unknown>>): void {
    if (typeof level !== "number") throw new Error("level must be a number");
    this.level = level;
  }

  enable(on: boolean): void {
    this.on = on;
  }

  mix(into: Int16Array): void {
    into[0] = 9999;
    if (this.failure) throw this.failure;
    into[0] = into[1] ?? 0;
    for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) + this.level;
    this.mixedSamples += into.length;
  }
}

/** Amplifies, or joins two blocks into one. */
export class TestFilter implements AudioFilter {
  starts: number[] = [];
  stops = 0;
  gain = 2;
  on = true;
  failure: Error | undefined;
  gathers = false;
  #gathered: number[] = [];

  start(sampleRate: number): void {
    this.starts.push(sampleRate);
  }

  stop(): void {
    this.stops++;
  }

  update({ gain }: Readonly<Record<string, unknown>>): void {
    this.gain = Number(gain);
  }

  enable(on: boolean): void {
    this.on = on;
  }

  process(pcm: Int16Array): Int16Array | undefined {
    if (this.failure) throw this.failure;
    if (!this.on) return pcm;
    const louder = pcm.map((sample) => sample * this.gain);
    if (!this.gathers) return louder;
    this.#gathered.push(...louder);
    if (this.#gathered.length < pcm.length * 2) return undefined;
    return Int16Array.from(this.#gathered.splice(0));
  }
}
