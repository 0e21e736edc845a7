/** Length of the transform. */
export const FFT_SIZE = 400;
/** 400 = 4 · 4 · 5 · 5. */
const RADICES = [4, 4, 5, 5] as const;

const COS = new Float64Array(FFT_SIZE);
const SIN = new Float64Array(FFT_SIZE);
for (let i = 0; i < FFT_SIZE; i++) {
  COS[i] = Math.cos((2 * Math.PI * i) / FFT_SIZE);
  SIN[i] = Math.sin((2 * Math.PI * i) / FFT_SIZE);
}
const [C1, C2, S1, S2] = [COS[80], COS[160], SIN[80], SIN[160]] as [number, number, number, number];

/** A complex signal or spectrum. */
interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * A discrete Fourier transform of 400 complex values: Stockham's algorithm, which sorts as it goes, with radix 4 and 5.
 * Write into {@link input}, then call {@link run}, which overwrites it.
 */
export class FFT400 {
  /** The signal to transform. */
  readonly input: Complex = { re: new Float64Array(FFT_SIZE), im: new Float64Array(FFT_SIZE) };
  readonly #scratch: Complex = { re: new Float64Array(FFT_SIZE), im: new Float64Array(FFT_SIZE) };

  /** Transforms the input in place: after an even number of stages the result is where the signal was. */
  run(): void {
    let [from, to] = [this.input, this.#scratch];
    let size = FFT_SIZE;
    for (const radix of RADICES) {
      if (radix === 4) stage4(from, to, size);
      else stage5(from, to, size);
      size /= radix;
      [from, to] = [to, from];
    }
  }
}

/* eslint-disable @typescript-eslint/no-non-null-assertion -- Every index is in range, and these are the innermost loops. */

/** One stage: transforms of length 4 over values that are `size / 4` groups apart. */
function stage4(from: Complex, to: Complex, size: number): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const stride = FFT_SIZE / size;
  const quarter = FFT_SIZE / 4;
  for (let group = 0; group < size / 4; group++) {
    const t = group * stride;
    const w1r = COS[t]!;
    const w1i = -SIN[t]!;
    const w2r = COS[2 * t]!;
    const w2i = -SIN[2 * t]!;
    const w3r = COS[3 * t]!;
    const w3i = -SIN[3 * t]!;
    for (let at = 0; at < stride; at++) {
      const a = group * stride + at;
      const b = a + quarter;
      const c = a + 2 * quarter;
      const d = a + 3 * quarter;
      const sumAcR = xr[a]! + xr[c]!;
      const sumAcI = xi[a]! + xi[c]!;
      const difAcR = xr[a]! - xr[c]!;
      const difAcI = xi[a]! - xi[c]!;
      const sumBdR = xr[b]! + xr[d]!;
      const sumBdI = xi[b]! + xi[d]!;
      const difBdR = xr[b]! - xr[d]!;
      const difBdI = xi[b]! - xi[d]!;
      const o = 4 * group * stride + at;
      yr[o] = sumAcR + sumBdR;
      yi[o] = sumAcI + sumBdI;
      put(yr, yi, o + stride, difAcR + difBdI, difAcI - difBdR, w1r, w1i);
      put(yr, yi, o + 2 * stride, sumAcR - sumBdR, sumAcI - sumBdI, w2r, w2i);
      put(yr, yi, o + 3 * stride, difAcR - difBdI, difAcI + difBdR, w3r, w3i);
    }
  }
}

/** One stage: transforms of length 5 over values that are `size / 5` groups apart. */
function stage5(from: Complex, to: Complex, size: number): void {
  const { re: xr, im: xi } = from;
  const { re: yr, im: yi } = to;
  const stride = FFT_SIZE / size;
  const fifth = FFT_SIZE / 5;
  for (let group = 0; group < size / 5; group++) {
    const t = group * stride;
    for (let at = 0; at < stride; at++) {
      const a = group * stride + at;
      const b = a + fifth;
      const c = a + 2 * fifth;
      const d = a + 3 * fifth;
      const e = a + 4 * fifth;
      const sumBeR = xr[b]! + xr[e]!;
      const sumBeI = xi[b]! + xi[e]!;
      const difBeR = xr[b]! - xr[e]!;
      const difBeI = xi[b]! - xi[e]!;
      const sumCdR = xr[c]! + xr[d]!;
      const sumCdI = xi[c]! + xi[d]!;
      const difCdR = xr[c]! - xr[d]!;
      const difCdI = xi[c]! - xi[d]!;
      const ar = xr[a]!;
      const ai = xi[a]!;
      const p1r = ar + C1 * sumBeR + C2 * sumCdR;
      const p1i = ai + C1 * sumBeI + C2 * sumCdI;
      const p2r = ar + C2 * sumBeR + C1 * sumCdR;
      const p2i = ai + C2 * sumBeI + C1 * sumCdI;
      const q1r = S1 * difBeI + S2 * difCdI;
      const q1i = -S1 * difBeR - S2 * difCdR;
      const q2r = S2 * difBeI - S1 * difCdI;
      const q2i = -S2 * difBeR + S1 * difCdR;
      const o = 5 * group * stride + at;
      yr[o] = ar + sumBeR + sumCdR;
      yi[o] = ai + sumBeI + sumCdI;
      put(yr, yi, o + stride, p1r + q1r, p1i + q1i, COS[t]!, -SIN[t]!);
      put(yr, yi, o + 2 * stride, p2r + q2r, p2i + q2i, COS[2 * t]!, -SIN[2 * t]!);
      put(yr, yi, o + 3 * stride, p2r - q2r, p2i - q2i, COS[3 * t]!, -SIN[3 * t]!);
      put(yr, yi, o + 4 * stride, p1r - q1r, p1i - q1i, COS[4 * t]!, -SIN[4 * t]!);
    }
  }
}

/** Stores the product of a value and a twiddle factor. */
function put(
  re: Float64Array,
  im: Float64Array,
  at: number,
  valueR: number,
  valueI: number,
  factorR: number,
  factorI: number,
): void {
  re[at] = valueR * factorR - valueI * factorI;
  im[at] = valueR * factorI + valueI * factorR;
}
