import type { Plane } from "./picture.ts";

/** Bytes that are also read as words of four. */
class Row {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(length: number) {
    this.words = new Uint32Array((length + 3) >> 2);
    this.bytes = new Uint8Array(this.words.buffer);
  }
}

/** For each pixel of a scaled line: the first of its two sources, and the share of the second, of 256. */
interface Sources {
  readonly first: Int32Array;
  readonly share: Int32Array;
}

const EVEN_BYTES = 0x00_ff_00_ff;

/**
 * Scales planes of bytes to any size: halved, each pixel the mean of four, while they are at least twice as large, then with
 * bilinear interpolation. Four bytes at a time where possible: it runs for every picture, on the event loop.
 */
export class PlaneScaler {
  readonly #sources = new Map<string, Sources>();
  #upper = new Row(0);
  #lower = new Row(0);
  #blended = new Row(0);
  #halved = new Uint8Array();

  /** Scales the plane `from` of `source` into the plane `to` of `target`. */
  scale(source: Uint8Array, from: Plane, target: Uint8Array, to: Plane): void {
    let plane = from;
    let bytes = source;
    while (plane.width >= 2 * to.width && plane.height >= 2 * to.height) {
      plane = this.#halve(bytes, plane);
      bytes = this.#halved;
    }
    this.#interpolate(bytes, plane, target, to);
  }

  #interpolate(source: Uint8Array, from: Plane, target: Uint8Array, to: Plane): void {
    this.#reserve(to.width);
    const across = this.#toSources(from.width, to.width);
    const down = this.#toSources(from.height, to.height);
    const fill = (row: Row, y: number): void => {
      const start = from.at + Math.min(y, from.height - 1) * from.width;
      if (from.width === to.width) row.bytes.set(source.subarray(start, start + to.width));
      else interpolateRow(source, start, row.bytes, across, to.width);
    };
    let upperY = -1;
    for (let y = 0; y < to.height; y++) {
      const first = down.first[y] ?? 0;
      if (first !== upperY) {
        // Enlarged, the lower of two lines is the upper of the next two.
        if (first === upperY + 1 && y > 0) [this.#upper, this.#lower] = [this.#lower, this.#upper];
        else fill(this.#upper, first);
        fill(this.#lower, first + 1);
        upperY = first;
      }
      blendRows(this.#upper.words, this.#lower.words, this.#blended.words, down.share[y] ?? 0);
      target.set(this.#blended.bytes.subarray(0, to.width), to.at + y * to.width);
    }
  }

  /** The mean of every two by two pixels; an odd last line or column is dropped. */
  #halve(source: Uint8Array, from: Plane): Plane {
    const to = { at: 0, width: from.width >> 1, height: from.height >> 1 };
    // Halving in place is possible: what is written has been read.
    if (this.#halved.length < to.width * to.height) this.#halved = new Uint8Array(to.width * to.height);
    const target = this.#halved;
    this.#reserve(from.width);
    for (let y = 0; y < to.height; y++) {
      const start = from.at + 2 * y * from.width;
      this.#upper.bytes.set(source.subarray(start, start + from.width));
      this.#lower.bytes.set(source.subarray(start + from.width, start + 2 * from.width));
      averageRows(this.#upper.words, this.#lower.words, target, y * to.width, to.width);
    }
    return to;
  }

  #reserve(width: number): void {
    if (this.#blended.bytes.length >= width) return;
    this.#upper = new Row(width);
    this.#lower = new Row(width);
    this.#blended = new Row(width);
  }

  #toSources(from: number, to: number): Sources {
    const key = `${from} to ${to}`;
    const known = this.#sources.get(key);
    if (known) return known;
    // Producers change their size now and then, not with every picture.
    if (this.#sources.size > 20) this.#sources.clear();
    const sources = { first: new Int32Array(to), share: new Int32Array(to) };
    for (let i = 0; i < to; i++) {
      const position = Math.max(0, Math.min(from - 1, ((i + 0.5) * from) / to - 0.5));
      // The last pixel is the second source of the last pair: nothing reads behind the line.
      const first = Math.max(0, Math.min(from - 2, Math.floor(position)));
      sources.first[i] = first;
      sources.share[i] = Math.round((position - first) * 256);
    }
    this.#sources.set(key, sources);
    return sources;
  }
}

function interpolateRow(
  source: Uint8Array,
  start: number,
  target: Uint8Array,
  { first, share }: Sources,
  width: number,
): void {
  for (let x = 0; x < width; x++) {
    const at = start + (first[x] ?? 0);
    const left = source[at] ?? 0;
    target[x] = left + ((((source[at + 1] ?? 0) - left) * (share[x] ?? 0) + 128) >> 8);
  }
}

/** Blends four bytes at a time: two in the even, two in the odd places, with room for a product beside each. */
function blendRows(upper: Uint32Array, lower: Uint32Array, target: Uint32Array, lowerShare: number): void {
  const upperShare = 256 - lowerShare;
  const half = 0x00_80_00_80;
  for (let i = 0; i < target.length; i++) {
    const above = upper[i] ?? 0;
    const below = lower[i] ?? 0;
    const even = Math.imul(above & EVEN_BYTES, upperShare) + Math.imul(below & EVEN_BYTES, lowerShare) + half;
    const odd =
      Math.imul((above >>> 8) & EVEN_BYTES, upperShare) + Math.imul((below >>> 8) & EVEN_BYTES, lowerShare) + half;
    target[i] = ((even >>> 8) & EVEN_BYTES) | (odd & ~EVEN_BYTES);
  }
}

function averageRows(upper: Uint32Array, lower: Uint32Array, target: Uint8Array, at: number, width: number): void {
  for (let x = 0; x < width; x += 2) {
    const above = upper[x >> 1] ?? 0;
    const below = lower[x >> 1] ?? 0;
    const pairs =
      (above & EVEN_BYTES) + ((above >>> 8) & EVEN_BYTES) + (below & EVEN_BYTES) + ((below >>> 8) & EVEN_BYTES);
    target[at + x] = ((pairs & 0xff_ff) + 2) >> 2;
    if (x + 1 < width) target[at + x + 1] = (pairs + 0x2_0000) >>> 18;
  }
}
