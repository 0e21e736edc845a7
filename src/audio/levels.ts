/** Full scale of signed 16-bit PCM. */
const FULL_SCALE = 32_768;
/** Quieter than any 16-bit signal can be; stands for digital silence. */
export const SILENCE_DB = -100;
/** Pipecat's test for silence: no sample beyond this. */
const SILENT_PEAK = 20;

/** The largest magnitude, 0 to 32768. */
export function measurePeak(pcm: Int16Array): number {
  let peak = 0;
  for (const sample of pcm) {
    const magnitude = sample < 0 ? -sample : sample;
    if (magnitude > peak) peak = magnitude;
  }
  return peak;
}

/** Root mean square, 0 to 32768. */
export function measureRms(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, pcm.length));
}

/** Loudness in dB below full scale, {@link SILENCE_DB} at the least. */
export function levelDb(pcm: Int16Array): number {
  return Math.max(SILENCE_DB, 20 * Math.log10(measureRms(pcm) / FULL_SCALE));
}

/** Whether this is silence, give or take a resampler's noise. */
export function isSilent(pcm: Int16Array): boolean {
  return measurePeak(pcm) <= SILENT_PEAK;
}
