import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import {
  pictureMessageBytes,
  readShowHead,
  SHOW_HEAD_BYTES,
} from "../../../../src/transport/daily/remote/media-messages.ts";
import { RemoteVideoSink } from "../../../../src/transport/daily/remote/remote-video-sink.ts";

const SIZE = { width: 16, height: 16 };

function sinkWithWire() {
  const clock = new VirtualClock();
  /** What left, as it was then: the buffers are used again. */
  const wire: { readonly shade: number | undefined; readonly atMs: number; readonly buffer: Buffer }[] = [];
  let releases = 0;
  let unpublished = 0;
  const sink = new RemoteVideoSink({
    id: 7,
    trackName: "camera",
    format: { ...SIZE, fps: 30 },
    clock,
    send: (buffer) => {
      const { timestampUs } = readShowHead(new DataView(buffer.buffer, buffer.byteOffset));
      wire.push({ shade: buffer[SHOW_HEAD_BYTES], atMs: timestampUs / 1000, buffer });
    },
    onClose: async () => {
      unpublished++;
    },
    onRelease: () => releases++,
  });
  return {
    sink,
    clock,
    wire,
    shades: () => wire.map(({ shade }) => shade),
    ends: () => ({ releases, unpublished }),
    /** A grey picture. */
    show: (shade: number) => sink.write({ ...SIZE, format: "I420", image: new Uint8Array(384).fill(shade) }),
  };
}

describe("RemoteVideoSink", () => {
  it("sends pictures with their size and time", async () => {
    const { wire, show, clock } = sinkWithWire();
    await clock.advance(40);
    expect(show(5)).toBe(true);
    const [sent] = wire;
    expect(sent?.atMs).toBe(clock.nowMs());
    expect(sent?.buffer.byteLength).toBe(pictureMessageBytes(SIZE));
    expect(readShowHead(new DataView(sent?.buffer.buffer ?? new ArrayBuffer()))).toMatchObject({ id: 7, ...SIZE });
  });

  it("has at most two on their way; of those that wait only the newest is left", () => {
    const { sink, shades, show } = sinkWithWire();
    for (const shade of [1, 2, 3, 4, 5]) expect(show(shade)).toBe(true);
    expect(shades()).toEqual([1, 2]);
    expect(sink.droppedPictures).toBe(2);
    sink.taken(true);
    expect(shades()).toEqual([1, 2, 5]);
    sink.taken(true);
    sink.taken(false);
    expect(sink.droppedPictures).toBe(3);
    show(6);
    expect(shades()).toEqual([1, 2, 5, 6]);
  });

  it("needs no more than three buffers, however many pictures there are", () => {
    const { sink, wire, show } = sinkWithWire();
    for (let i = 0; i < 100; i++) {
      show(i);
      if (i % 3 > 0) sink.taken(true);
    }
    expect(new Set(wire.map(({ buffer }) => buffer)).size).toBeLessThanOrEqual(3);
  });

  it("survives acknowledgements of pictures that it does not know", () => {
    const { sink, shades, show } = sinkWithWire();
    sink.taken(true);
    sink.taken(false);
    show(1);
    expect(shades()).toEqual([1]);
    expect(sink.droppedPictures).toBe(0);
  });

  it("sends nothing after a close, which unpublishes it once", async () => {
    const { sink, shades, show, ends } = sinkWithWire();
    for (const shade of [1, 2, 3]) show(shade);
    await Promise.all([sink.close(), sink.close()]);
    expect(show(4)).toBe(false);
    sink.taken(true);
    expect(shades()).toEqual([1, 2]);
    expect(sink.closed).toBe(true);
    expect(ends().unpublished).toBe(1);
  });

  it("requests nothing when the call is over", async () => {
    const { sink, show, ends } = sinkWithWire();
    sink.release();
    expect(show(1)).toBe(false);
    await sink.close();
    expect(ends().unpublished).toBe(0);
    expect(ends().releases).toBeGreaterThan(0);
  });
});
