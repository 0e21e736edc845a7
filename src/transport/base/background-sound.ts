import type { AudioMixer } from "../../audio/index.ts";
import { MixerEnableFrame, MixerUpdateSettingsFrame, type Frame } from "../../frames/index.ts";
import { AudioHook, type AudioHookOptions } from "./audio-hook.ts";

/** The mixer of one destination, kept from doing harm: it writes into arrays of its own only, and may fail. */
export class BackgroundSound {
  readonly #hook: AudioHook<AudioMixer>;

  constructor(mixer: AudioMixer, options: Omit<AudioHookOptions, "name">) {
    this.#hook = new AudioHook(mixer, { ...options, name: "audioOutMixer" });
  }

  /** Whether there is sound to write while the bot is silent. */
  get active(): boolean {
    return this.#hook.use((mixer) => mixer.active) ?? false;
  }

  /** Never rejects. */
  async start(sampleRate: number): Promise<void> {
    await this.#hook.start(sampleRate);
  }

  /** The speech with the sound under it, in an array of its own: frames share theirs. Undefined without any sound. */
  under(speech: Int16Array): Int16Array | undefined {
    return this.active ? this.#mixInto(speech.slice()) : undefined;
  }

  /** The sound alone. Undefined when there is none after all. */
  next(samples: number): Int16Array | undefined {
    return this.#mixInto(new Int16Array(samples));
  }

  #mixInto(own: Int16Array): Int16Array | undefined {
    this.#hook.use((mixer) => mixer.mix(own));
    // Whatever a mixer that failed has left in there is not for anyone's ears.
    return this.#hook.isOn() ? own : undefined;
  }

  /** True if the frame was for a mixer. */
  control(frame: Frame): boolean {
    if (frame instanceof MixerUpdateSettingsFrame) this.#hook.update(frame.settings);
    else if (frame instanceof MixerEnableFrame) this.#hook.enable(frame.enable);
    else return false;
    return true;
  }

  /** Never rejects. Idempotent. */
  async stop(): Promise<void> {
    await this.#hook.stop();
  }
}
