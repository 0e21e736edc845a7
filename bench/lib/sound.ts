export const TONE_HZ = 500;
export const TONE_AMPLITUDE = 10_000;

export function countSamples(ms: number, sampleRate: number): number {
  return Math.round((sampleRate * ms) / 1000);
}

/** A sine wave that continues at sample `fromSample`. */
export function tone(ms: number, sampleRate: number, fromSample = 0): Int16Array {
  const pcm = new Int16Array(countSamples(ms, sampleRate));
  for (let i = 0; i < pcm.length; i++)
    pcm[i] = Math.round(TONE_AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * (fromSample + i)) / sampleRate));
  return pcm;
}

/** 10 ms of a loud tone, then silence up to `ms`. */
export function impulse(ms: number, sampleRate: number): Int16Array {
  const pcm = new Int16Array(countSamples(ms, sampleRate));
  pcm.set(tone(10, sampleRate));
  return pcm;
}

/** A signal that is as costly for a codec as a voice: harmonics of 140 Hz in four syllables per second. */
export function babble(ms: number, sampleRate: number): Int16Array {
  const pcm = new Int16Array(countSamples(ms, sampleRate));
  for (let i = 0; i < pcm.length; i++) {
    const t = i / sampleRate;
    let sample = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) sample += Math.sin(2 * Math.PI * 140 * harmonic * t) / harmonic;
    pcm[i] = Math.round(4000 * sample * Math.abs(Math.sin(2 * Math.PI * 2 * t)));
  }
  return pcm;
}
