export type { AudioFilter } from "./audio-filter.ts";
export { addSaturated, type AudioMixer } from "./audio-mixer.ts";
export type { AudioStage } from "./audio-stage.ts";
export { isSilent, levelDb, measurePeak, measureRms, SILENCE_DB } from "./levels.ts";
export { PcmBytes } from "./pcm-bytes.ts";
export { createResampler, type StreamResampler } from "./resampler.ts";
export {
  SoundfileMixer,
  type MixerSound,
  type SoundfileMixerOptions,
  type SoundfileMixerSettings,
} from "./soundfile-mixer.ts";
export { decodeWav, encodeWav, type WavAudio, WavFormatError } from "./wav.ts";
