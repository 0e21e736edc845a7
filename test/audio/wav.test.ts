import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { WavFormatError, decodeWav, encodeWav } from "../../src/audio/index.ts";

interface Parts {
  readonly code?: number;
  readonly bits: number;
  readonly channels?: number;
  readonly data: Buffer;
  readonly before?: Buffer;
  readonly declaredLength?: number;
  readonly extensible?: boolean;
}

/** A WAV file assembled by hand. */
function wav({ code = 1, bits, channels = 1, data, before, declaredLength, extensible = false }: Parts): Buffer {
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : code, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(8000, 4);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(code, 24);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(declaredLength ?? data.length);
  const body = [chunk("fmt ", format), before ?? Buffer.alloc(0), Buffer.from("data"), length, data];
  return Buffer.concat([Buffer.from("RIFF\0\0\0\0WAVE"), ...body]);
}

function chunk(tag: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(tag), length, content, Buffer.alloc(content.length % 2)]);
}

const bytes = (...values: number[]): Buffer => Buffer.from(values);

describe("encodeWav and decodeWav", () => {
  it("round-trip any mono PCM", () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.integer({ min: 8000, max: 48_000 }), (pcm, sampleRate) => {
        expect(decodeWav(encodeWav(pcm, { sampleRate }))).toEqual({ pcm, sampleRate });
      }),
    );
  });

  it("work on a view into a larger buffer", () => {
    const pcm = Int16Array.of(0, 1, 2, 3).subarray(1, 3);
    const file = encodeWav(pcm, { sampleRate: 16_000 });
    const shifted = Buffer.concat([Buffer.alloc(3), file]).subarray(3);
    expect(decodeWav(shifted).pcm).toEqual(Int16Array.of(1, 2));
  });

  it("mix several channels down", () => {
    const file = encodeWav(Int16Array.of(100, 300, -100, -300), { sampleRate: 16_000, channels: 2 });
    expect(decodeWav(file).pcm).toEqual(Int16Array.of(200, -200));
  });
});

describe("decodeWav reads", () => {
  const floats = Buffer.alloc(12);
  [0.5, -1, 2].forEach((value, i) => floats.writeFloatLE(value, i * 4));
  it.each([
    ["8-bit", { bits: 8, data: bytes(0, 128, 255) }, [-32_768, 0, 32_512]],
    ["16-bit", { bits: 16, data: bytes(0, 0x80, 1, 0) }, [-32_768, 1]],
    ["24-bit", { bits: 24, data: bytes(9, 0, 0x80, 9, 1, 0) }, [-32_768, 1]],
    ["32-bit", { bits: 32, data: bytes(9, 9, 0, 0x80, 9, 9, 1, 0) }, [-32_768, 1]],
    ["float, clipped", { code: 3, bits: 32, data: floats }, [16_384, -32_767, 32_767]],
    ["extensible", { bits: 16, data: bytes(1, 0), extensible: true }, [1]],
  ] as const)("%s samples", (_name, parts, expected) => {
    expect([...decodeWav(wav(parts)).pcm]).toEqual(expected);
  });

  it("past unknown chunks, including odd lengths", () => {
    const before = chunk("LIST", Buffer.from("odd"));
    expect([...decodeWav(wav({ bits: 16, data: bytes(7, 0), before })).pcm]).toEqual([7]);
  });

  it.each([0, 0xffffffff])("files whose recorder left the data length %d behind", (declaredLength) => {
    expect([...decodeWav(wav({ bits: 16, data: bytes(7, 0, 8, 0), declaredLength })).pcm]).toEqual([7, 8]);
  });
});

describe("decodeWav rejects, saying why,", () => {
  it.each([
    ["a file that is not WAV", Buffer.from("ID3 this is an mp3"), "Not a WAV file"],
    ["an empty file", Buffer.alloc(0), "Not a WAV file"],
    ["a file without data", encodeWav(new Int16Array(0), { sampleRate: 8000 }).subarray(0, 36), "no audio data"],
    ["a format of zero channels", wav({ bits: 16, channels: 0, data: bytes(0, 0) }), "0 channels"],
    ["a compressed format", wav({ code: 0x55, bits: 16, data: bytes(0, 0) }), "not supported"],
  ])("%s", (_name, file, words) => {
    expect(() => decodeWav(file)).toThrow(WavFormatError);
    expect(() => decodeWav(file)).toThrow(words);
  });

  it("any other bytes after a header, or decodes them: nothing but a WavFormatError is thrown", () => {
    const header = encodeWav(Int16Array.of(1, 2, 3), { sampleRate: 8000 });
    const damage = fc.array(fc.tuple(fc.integer({ min: 8, max: header.length - 1 }), fc.integer({ min: 0, max: 255 })));
    fc.assert(
      fc.property(damage, (changes) => {
        const file = Buffer.from(header);
        for (const [at, value] of changes) file[at] = value;
        try {
          expect(decodeWav(file).pcm).toBeInstanceOf(Int16Array);
        } catch (error) {
          expect(error).toBeInstanceOf(WavFormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
