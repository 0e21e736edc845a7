import { FFT400, FFT_SIZE } from "./fft-400.ts";

/** Sample rate that the features are made for, in Hz. */
export const FEATURE_RATE = 16_000;
/** Length of the audio that the features describe: 8 s. */
export const FEATURE_SAMPLES = 8 * FEATURE_RATE;
/** Number of mel bands. */
export const MEL_BANDS = 80;
/** Samples from one window to the next: 10 ms. */
const HOP = 160;
/** Number of windows. */
export const FEATURE_FRAMES = FEATURE_SAMPLES / HOP;

const BINS = FFT_SIZE / 2 + 1;
const VARIANCE_FLOOR = 1e-7;
const ENERGY_FLOOR = 1e-10;

/** One band: a triangle over the bins of the spectrum. */
interface MelBand {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

/**
 * Computes the logarithmic mel spectrogram of the last 8 s of speech, as the model of smart-turn v3 takes it: 80 bands
 * of 800 windows of 25 ms, band by band. Shorter audio is preceded by zeros. `pcm` is mono 16-bit PCM at 16 kHz.
 *
 * The features are those of `WhisperFeatureExtractor(chunk_length=8)` with `do_normalize=True` of Hugging Face
 * transformers (feature_extraction_whisper.py), which Pipecat's `LocalSmartTurnAnalyzerV3` uses too.
 */
export function computeLogMel(pcm: Int16Array): Float32Array {
  const signal = normalize(pcm.subarray(-FEATURE_SAMPLES));
  const features = new Float32Array(MEL_BANDS * FEATURE_FRAMES);
  const fft = new FFT400();
  const { re, im } = fft.input;
  const power = [new Float64Array(BINS), new Float64Array(BINS)] as const;
  let loudest = -Infinity;
  // Two windows per transform, as real and as imaginary part: half of the work.
  for (let frame = 0; frame < FEATURE_FRAMES; frame += 2) {
    applyWindow(signal, frame, re);
    applyWindow(signal, frame + 1, im);
    fft.run();
    splitPower(re, im, power);
    loudest = Math.max(loudest, putLevels(power[0], features, frame), putLevels(power[1], features, frame + 1));
  }
  const lowest = loudest - 8;
  for (let i = 0; i < features.length; i++) features[i] = (Math.max(features[i] ?? 0, lowest) + 4) / 4;
  return features;
}

/** Writes the level of each band of one window, in powers of ten. Returns the highest. */
function putLevels(power: Float64Array, features: Float32Array, frame: number): number {
  let loudest = -Infinity;
  let at = frame;
  for (const { firstBin, weights } of MEL) {
    let energy = 0;
    for (let i = 0; i < weights.length; i++) energy += (weights[i] ?? 0) * (power[firstBin + i] ?? 0);
    const level = Math.log10(Math.max(energy, ENERGY_FLOOR));
    loudest = Math.max(loudest, level);
    features[at] = level;
    at += FEATURE_FRAMES;
  }
  return loudest;
}

/** Returns exactly 8 s, with mean 0 and variance 1 over all of it, the zeros before the speech included. */
function normalize(pcm: Int16Array): Float64Array {
  const signal = new Float64Array(FEATURE_SAMPLES);
  const padding = FEATURE_SAMPLES - pcm.length;
  let sum = 0;
  for (let i = 0; i < pcm.length; i++) {
    const sample = (pcm[i] ?? 0) / 32_768;
    signal[padding + i] = sample;
    sum += sample;
  }
  const mean = sum / FEATURE_SAMPLES;
  let squares = padding * mean * mean;
  for (let i = padding; i < FEATURE_SAMPLES; i++) squares += ((signal[i] ?? 0) - mean) ** 2;
  const gain = 1 / Math.sqrt(squares / FEATURE_SAMPLES + VARIANCE_FLOOR);
  for (let i = 0; i < FEATURE_SAMPLES; i++) signal[i] = ((signal[i] ?? 0) - mean) * gain;
  return signal;
}

/** Writes the window around `frame * HOP` into `target`. The signal is mirrored at both ends. */
function applyWindow(signal: Float64Array, frame: number, target: Float64Array): void {
  const start = frame * HOP - FFT_SIZE / 2;
  for (let i = 0; i < FFT_SIZE; i++) {
    let at = Math.abs(start + i);
    if (at >= FEATURE_SAMPLES) at = 2 * (FEATURE_SAMPLES - 1) - at;
    target[i] = (signal[at] ?? 0) * (HANN[i] ?? 0);
  }
}

/** Separates the power spectra of the two real signals that were transformed as one complex signal. */
function splitPower(re: Float64Array, im: Float64Array, [first, second]: readonly [Float64Array, Float64Array]): void {
  for (let bin = 0; bin < BINS; bin++) {
    const mirrored = bin === 0 ? 0 : FFT_SIZE - bin;
    const a = re[bin] ?? 0;
    const b = im[bin] ?? 0;
    const c = re[mirrored] ?? 0;
    const d = im[mirrored] ?? 0;
    first[bin] = ((a + c) ** 2 + (b - d) ** 2) / 4;
    second[bin] = ((b + d) ** 2 + (c - a) ** 2) / 4;
  }
}

const HANN = Float64Array.from({ length: FFT_SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FFT_SIZE));

/** Slaney's mel scale: linear up to 1 kHz, logarithmic above. */
const LINEAR_HZ_PER_MEL = 200 / 3;
const LOG_FROM_HZ = 1000;
const LOG_FROM_MEL = LOG_FROM_HZ / LINEAR_HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

function toHz(mel: number): number {
  return mel < LOG_FROM_MEL ? mel * LINEAR_HZ_PER_MEL : LOG_FROM_HZ * Math.exp(LOG_STEP * (mel - LOG_FROM_MEL));
}

/** Triangles between neighbouring points of the mel scale from 0 to 8 kHz, each of the same area. */
function createMelBands(): readonly MelBand[] {
  const topMel = LOG_FROM_MEL + Math.log(FEATURE_RATE / 2 / LOG_FROM_HZ) / LOG_STEP;
  const edges = Array.from({ length: MEL_BANDS + 2 }, (_, i) => toHz((topMel * i) / (MEL_BANDS + 1)));
  return edges.slice(2).map((high, band) => {
    const low = edges[band] ?? 0;
    const center = edges[band + 1] ?? 0;
    const hzPerBin = FEATURE_RATE / FFT_SIZE;
    const firstBin = Math.floor(low / hzPerBin) + 1;
    const lastBin = Math.min(Math.ceil(high / hzPerBin) - 1, BINS - 1);
    const weights = Float64Array.from({ length: lastBin - firstBin + 1 }, (_, i) => {
      const hz = (firstBin + i) * hzPerBin;
      return (2 / (high - low)) * Math.min((hz - low) / (center - low), (high - hz) / (high - center));
    });
    return { firstBin, weights };
  });
}

const MEL = createMelBands();
