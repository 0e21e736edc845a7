const BIG_ENDIAN_MACHINE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/**
 * Makes samples of the bytes of a stream, as vendors send 16-bit little-endian PCM. A chunk may end in the middle of a
 * sample: its first byte waits for the next chunk, where it would otherwise shift all that follows into noise. One
 * instance serves one stream.
 */
export class PcmBytes {
  /** The first half of a sample whose second half is in the next chunk. */
  #half: number | undefined;

  /** The samples that are whole now, in memory of their own. */
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

  /** Forgets half a sample: what comes now is another stream. */
  reset(): void {
    this.#half = undefined;
  }
}

function swapBytes(bytes: Uint8Array): void {
  for (let at = 0; at + 1 < bytes.length; at += 2) [bytes[at], bytes[at + 1]] = [bytes[at + 1] ?? 0, bytes[at] ?? 0];
}
