/** Full scale of signed 16-bit PCM. */
const FULL_SCALE = 32_768;
/** The level reported for digital silence, in dB: quieter than any 16-bit signal can be. */
export const SILENCE_DB = -100;
/** Pipecat's threshold for silence: no sample is larger than this. */
const SILENT_PEAK = 20;

/** Returns the largest magnitude of the samples, 0 to 32768. */
export function measurePeak(pcm: Int16Array): number {
  let peak = 0;
  for (const sample of pcm) {
    const magnitude = sample < 0 ? -sample : sample;
    if (magnitude > peak) peak = magnitude;
  }
  return peak;
}

/** Returns the root mean square of the samples, 0 to 32768. */
export function measureRms(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, pcm.length));
}

/** Returns the loudness in dB relative to full scale: 0 at most, {@link SILENCE_DB} at least. */
export function levelDb(pcm: Int16Array): number {
  return Math.max(SILENCE_DB, 20 * Math.log10(measureRms(pcm) / FULL_SCALE));
}

/** Whether the samples are silent, apart from the noise a resampler may add. */
export function isSilent(pcm: Int16Array): boolean {
  return measurePeak(pcm) <= SILENT_PEAK;
}
