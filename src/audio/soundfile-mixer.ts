import { readFile } from "node:fs/promises";

import { InvalidOptionError } from "../util/errors.ts";
import { addSaturated, type AudioMixer } from "./audio-mixer.ts";
import { createResampler } from "./resampler.ts";
import { SoundReader } from "./sound-reader.ts";
import { decodeWav, type WavAudio } from "./wav.ts";

/** A sound at any rate: the path of a WAV file, its bytes, or decoded PCM. */
export type MixerSound = string | Uint8Array | WavAudio;

/** The settings that a `MixerUpdateSettingsFrame` can change. */
export interface SoundfileMixerSettings {
  /** Name of the sound to play, from its beginning. */
  readonly sound?: string;
  /** A factor from 0 (silence) to 1 (the file's own level). Default 0.4. */
  readonly volume?: number;
  /** Whether the sound starts over at its end. Default true. */
  readonly loop?: boolean;
  /** Duration of a fade in milliseconds: a change of volume or sound, or switching on or off. Default 200. */
  readonly fadeMs?: number;
}

/** Options of a {@link SoundfileMixer}. */
export interface SoundfileMixerOptions extends SoundfileMixerSettings {
  /** Sounds by name. The first one plays unless `sound` names another. */
  readonly sounds: Readonly<Record<string, MixerSound>>;
  /** Whether the mixer plays from the start. Default true. */
  readonly enabled?: boolean;
}

/**
 * Plays sound files in the background. Files are read when the transport starts. If one cannot be read, the transport
 * reports the error and the bot speaks without background sound.
 *
 * @throws InvalidOptionError for options that are out of range, or without any sound.
 */
export class SoundfileMixer implements AudioMixer {
  readonly #sounds: Readonly<Record<string, MixerSound>>;
  readonly #readers = new Map<string, SoundReader>();
  #sound: string;
  /** The sound that plays once the current one has faded out. */
  #nextSound: string | undefined;
  #volume = 0.4;
  #loop = true;
  #fadeMs = 200;
  #enabled: boolean;
  #sampleRate = 0;
  #gain = 0;
  #target = 0;
  /** Change of the gain per sample. */
  #step = 0;
  #scratch = new Int16Array(0);

  constructor({ sounds, enabled, ...settings }: SoundfileMixerOptions) {
    const [first] = Object.keys(sounds);
    if (first === undefined) throw new InvalidOptionError("sounds", "must name at least one sound.");
    this.#sounds = sounds;
    this.#sound = first;
    this.#enabled = enabled ?? true;
    this.update({ ...settings });
    this.#sound = this.#nextSound ?? first;
    this.#nextSound = undefined;
  }

  get active(): boolean {
    const reader = this.#readers.get(this.#sound);
    if (!reader) return false;
    if (this.#nextSound !== undefined) return this.#enabled || this.#gain > 0;
    return (this.#gain > 0 || this.#target > 0) && (this.#loop || !reader.over);
  }

  async start(sampleRate: number): Promise<void> {
    this.stop();
    this.#sampleRate = sampleRate;
    for (const [name, source] of Object.entries(this.#sounds)) {
      const sound = await load(source);
      if (sound.pcm.length === 0) throw new InvalidOptionError(`sounds.${name}`, "contains no audio.");
      this.#readers.set(name, new SoundReader(sound, await createResampler(sound.sampleRate, sampleRate)));
    }
    this.#fade();
  }

  stop(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
    this.#gain = 0;
    this.#target = 0;
  }

  /**
   * Applies {@link SoundfileMixerSettings}.
   *
   * @throws InvalidOptionError for an unknown or invalid setting; no setting is changed then.
   */
  update(settings: Readonly<Record<string, unknown>>): void {
    const { sound, volume, loop, fadeMs } = this.#validate(settings);
    if (volume !== undefined) this.#volume = volume;
    if (loop !== undefined) this.#loop = loop;
    if (fadeMs !== undefined) this.#fadeMs = fadeMs;
    if (sound !== undefined) this.#nextSound = sound;
    this.#fade();
  }

  enable(on: boolean): void {
    this.#enabled = on;
    this.#fade();
  }

  mix(into: Int16Array): void {
    if (!this.active) return;
    if (this.#gain === 0) this.#switchSound();
    if (this.#scratch.length !== into.length) this.#scratch = new Int16Array(into.length);
    this.#readers.get(this.#sound)?.read(this.#scratch, this.#loop);
    addSaturated(into, this.#scratch, this.#nextGain);
    if (this.#gain === 0) this.#switchSound();
  }

  readonly #nextGain = (): number => {
    // The last step is shorter than the others; rounding must not leave a small remainder.
    if (this.#gain === this.#target) return this.#gain;
    const isLast = Math.abs(this.#target - this.#gain) < Math.abs(this.#step) * 1.5;
    this.#gain = isLast ? this.#target : this.#gain + this.#step;
    return this.#gain;
  };

  #fade(): void {
    if (this.#readers.size === 0) return;
    this.#target = this.#enabled && this.#nextSound === undefined ? this.#volume : 0;
    const steps = Math.max(1, (this.#fadeMs * this.#sampleRate) / 1000);
    this.#step = (this.#target - this.#gain) / steps;
  }

  #switchSound(): void {
    if (this.#nextSound === undefined) return;
    this.#sound = this.#nextSound;
    this.#nextSound = undefined;
    this.#readers.get(this.#sound)?.rewind();
    this.#fade();
  }

  #validate(settings: Readonly<Record<string, unknown>>): SoundfileMixerSettings {
    const rules: Record<string, [isRight: (value: unknown) => boolean, rule: string]> = {
      sound: [(name) => typeof name === "string" && Object.hasOwn(this.#sounds, name), "must name one of the sounds."],
      volume: [(volume) => isWithin(volume, 1), "must be a number from 0 to 1."],
      loop: [(loop) => typeof loop === "boolean", "must be true or false."],
      fadeMs: [(ms) => isWithin(ms, 60_000), "must be a number of milliseconds, at most 60000."],
    };
    for (const [field, value] of Object.entries(settings)) {
      const [isRight, rule] = rules[field] ?? [
        () => false,
        `is not a setting; the settings are ${Object.keys(rules).join(", ")}.`,
      ];
      if (value !== undefined && !isRight(value)) throw new InvalidOptionError(field, rule);
    }
    return settings;
  }
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === "number" && value >= 0 && value <= most;
}

async function load(source: MixerSound): Promise<WavAudio> {
  if (typeof source === "string") return decodeWav(await readFile(source));
  return source instanceof Uint8Array ? decodeWav(source) : source;
}
