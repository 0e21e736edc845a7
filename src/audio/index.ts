export { isSilent, levelDb, peakOf, rmsOf, SILENCE_DB } from "./levels.ts";
export { createResampler, type StreamResampler } from "./resampler.ts";
export { decodeWav, encodeWav, type WavAudio, WavFormatError } from "./wav.ts";
