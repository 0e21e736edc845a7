const AMPLITUDE = 8000;

/** A sine as mono PCM, at a quarter of full scale. `sampleRate` in Hz. */
export function testTone(hz: number, sampleRate: number, durationMs: number): Int16Array {
  const pcm = new Int16Array(Math.round((sampleRate * durationMs) / 1000));
  for (let i = 0; i < pcm.length; i++) pcm[i] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / sampleRate));
  return pcm;
}
