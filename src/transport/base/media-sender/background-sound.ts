import type { AudioMixer } from "../../../audio/index.ts";
import { MixerEnableFrame, MixerUpdateSettingsFrame, type Frame } from "../../../frames/index.ts";
import { AudioHook, type AudioHookOptions } from "../audio-hook.ts";

/** The mixer of one destination, kept from doing harm: it writes only into arrays of its own, and may fail. */
export class BackgroundSound {
  readonly #hook: AudioHook<AudioMixer>;

  /** `options.onError` gets what the mixer throws. */
  constructor(mixer: AudioMixer, options: Omit<AudioHookOptions, "name">) {
    this.#hook = new AudioHook(mixer, { ...options, name: "audioOutMixer" });
  }

  /** Whether there is sound to write while the bot is silent. */
  get active(): boolean {
    return this.#hook.use((mixer) => mixer.active) ?? false;
  }

  /** Starts the mixer for a rate in Hz. Never rejects. */
  async start(sampleRate: number): Promise<void> {
    await this.#hook.start(sampleRate);
  }

  /** The speech with the sound under it, in a new array, since frames share theirs. Undefined without any sound. */
  mixUnder(speech: Int16Array): Int16Array | undefined {
    return this.active ? this.#mixInto(speech.slice()) : undefined;
  }

  /** So many samples of the sound alone. Undefined when there is none after all. */
  next(samples: number): Int16Array | undefined {
    return this.#mixInto(new Int16Array(samples));
  }

  #mixInto(own: Int16Array): Int16Array | undefined {
    this.#hook.use((mixer) => mixer.mix(own));
    // What a failing mixer has left in the array must not be heard.
    return this.#hook.isOn() ? own : undefined;
  }

  /** Applies settings to the mixer. Returns whether the frame was for a mixer. */
  control(frame: Frame): boolean {
    if (frame instanceof MixerUpdateSettingsFrame) this.#hook.update(frame.settings);
    else if (frame instanceof MixerEnableFrame) this.#hook.enable(frame.enable);
    else return false;
    return true;
  }

  /** Stops the mixer. Never rejects. Idempotent. */
  async stop(): Promise<void> {
    await this.#hook.stop();
  }
}
