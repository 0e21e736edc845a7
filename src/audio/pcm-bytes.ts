const BIG_ENDIAN_MACHINE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/**
 * Converts a byte stream of 16-bit little-endian PCM, which most vendors send, to samples. A chunk may end in the
 * middle of a sample. The odd byte is kept for the next chunk: dropping it would shift everything after it into noise.
 * Use one instance per stream.
 */
export class PcmBytes {
  /** The first half of a sample whose second half is in the next chunk. */
  #half: number | undefined;

  /** Returns the samples that are complete now, in memory of their own. */
  read(chunk: Uint8Array | ArrayBuffer): Int16Array {
    const bytes = chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : chunk;
    if (bytes.length === 0) return new Int16Array(0);
    const half = this.#half;
    const carried = half === undefined ? 0 : 1;
    const samples = new Int16Array((carried + bytes.length) >> 1);
    const target = new Uint8Array(samples.buffer);
    this.#half = (carried + bytes.length) % 2 === 1 ? bytes.at(-1) : undefined;
    if (target.length === 0) return samples;
    if (half !== undefined) target[0] = half;
    target.set(bytes.subarray(0, target.length - carried), carried);
    if (BIG_ENDIAN_MACHINE) swapBytes(target);
    return samples;
  }

  /** Drops a kept half sample. Call it before another stream begins. */
  reset(): void {
    this.#half = undefined;
  }
}

function swapBytes(bytes: Uint8Array): void {
  for (let at = 0; at + 1 < bytes.length; at += 2) [bytes[at], bytes[at + 1]] = [bytes[at + 1] ?? 0, bytes[at] ?? 0];
}
