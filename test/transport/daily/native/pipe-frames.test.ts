import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  FRAME_HEAD_BYTES,
  FRAME_KIND,
  FrameError,
  frameHead,
  FrameReader,
} from "../../../../src/transport/daily/native/pipe-frames.ts";

type Sent = readonly [callId: number, kind: 0 | 1 | 2, body: Uint8Array];

function encode(frames: readonly Sent[]): Buffer {
  return Buffer.concat(frames.flatMap(([callId, kind, body]) => [frameHead(callId, kind, body.length), body]));
}

function readAll(chunks: readonly Buffer[]): Sent[] {
  const read: Sent[] = [];
  const reader = new FrameReader(({ callId, kind, body }) => read.push([callId, kind as 0, new Uint8Array(body)]));
  for (const chunk of chunks) reader.push(chunk);
  return read;
}

describe("the frames of a media process' pipe", () => {
  it("arrive in order and whole, wherever the stream was cut", () => {
    const frame = fc.tuple(fc.nat(0xffff_ffff), fc.constantFrom(0, 1, 2), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
        const stream = encode(frames);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const length of [...cuts, stream.length]) {
          chunks.push(stream.subarray(at, at + length));
          at += length;
        }
        expect(readAll(chunks)).toEqual(frames);
      }),
    );
  });

  it("are views where they arrive at once, and copies only where they come in parts", () => {
    const stream = encode([[1, FRAME_KIND.media, Uint8Array.of(1, 2, 3, 4)]]);
    const bodies: Buffer[] = [];
    const reader = new FrameReader(({ body }) => bodies.push(body));
    reader.push(stream);
    expect(bodies[0]?.buffer).toBe(stream.buffer);
    reader.push(stream.subarray(0, FRAME_HEAD_BYTES + 1));
    reader.push(stream.subarray(FRAME_HEAD_BYTES + 1));
    expect(bodies[1]).toEqual(bodies[0]);
  });

  it("are refused when one is announced that is larger than any that is sent", () => {
    expect(() => readAll([frameHead(1, FRAME_KIND.media, 0x7fff_ffff)])).toThrow(FrameError);
  });
});
