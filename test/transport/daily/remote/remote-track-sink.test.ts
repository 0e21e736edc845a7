import { describe, expect, it } from "vitest";

import {
  MEDIA_HEAD_BYTES,
  MEDIA_MESSAGE,
  readMediaHead,
} from "../../../../src/transport/daily/remote/media-messages.ts";
import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { RemoteTrackSink } from "../../../../src/transport/daily/remote/remote-track-sink.ts";

const RATE = 16_000;
const CHUNK = RATE / 10;

function sinkWithWire() {
  const wire: Buffer[] = [];
  const clock = new VirtualClock();
  const sink = new RemoteTrackSink(
    7,
    RATE,
    clock,
    (message) => wire.push(message),
    () => Promise.resolve(),
  );
  const heads = (): { type: number; id: number; third: number }[] =>
    wire.map((message) => readMediaHead(new DataView(message.buffer, message.byteOffset)));
  return {
    sink,
    clock,
    /** The page's report, as of so many ms ago. */
    played: (generation: number, samples: number, agoMs = 0) =>
      sink.played(generation, { samples, wallMs: clock.wallMs() - agoMs }),
    types: () => heads().map(({ type }) => type),
    sentSamples: () =>
      wire
        .filter((_, i) => heads()[i]?.type === MEDIA_MESSAGE.pcm)
        .reduce((sum, message) => sum + (message.byteLength - MEDIA_HEAD_BYTES) / 2, 0),
  };
}

describe("RemoteTrackSink", () => {
  it("sends at most 1.5 s ahead of the playout of the page, and the rest on credit", () => {
    const { sink, sentSamples, played } = sinkWithWire();
    for (let i = 0; i < 30; i++) expect(sink.write(new Int16Array(CHUNK))).toBe(true);
    expect(sentSamples()).toBe(RATE * 1.5);
    played(0, CHUNK * 5);
    expect(sentSamples()).toBe(RATE * 1.5 + CHUNK * 5);
    expect(sink.playedSamples).toBe(CHUNK * 5);
  });

  it("rejects writes beyond 10 s of waiting audio", () => {
    const { sink } = sinkWithWire();
    expect(sink.write(new Int16Array(RATE * 10))).toBe(true);
    expect(sink.write(new Int16Array(1))).toBe(false);
  });

  it("flushes the page with a new generation, and ignores reports of the old one", () => {
    const { sink, types, played } = sinkWithWire();
    sink.write(new Int16Array(CHUNK * 4));
    played(0, CHUNK);
    expect(sink.flush()).toBe(CHUNK);
    expect(types().at(-1)).toBe(MEDIA_MESSAGE.flush);
    expect(sink.writtenSamples).toBe(CHUNK);
    sink.write(new Int16Array(CHUNK * 2));
    played(0, CHUNK * 4);
    expect(sink.playedSamples).toBe(CHUNK);
    played(1, CHUNK * 2);
    expect(sink.playedSamples).toBe(CHUNK * 3);
  });

  it("counts at a flush what the page has played since its last report", async () => {
    const { sink, clock, played } = sinkWithWire();
    sink.write(new Int16Array(CHUNK * 12));
    await clock.advance(100);
    played(0, CHUNK);
    const waiting = sink.whenPlayed(CHUNK * 7);
    await clock.advance(650);
    // Of all that waits in the socket, one report has been read; it is old.
    played(0, CHUNK * 2, 550);
    expect(sink.playedSamples).toBe(CHUNK * 2);
    expect(sink.flush()).toBe(CHUNK * 7.5);
    expect(await waiting).toBe("played");
  });

  it("never counts more than was sent to the page, nor audio sent after a pause as played during it", async () => {
    const { sink, clock, played } = sinkWithWire();
    sink.write(new Int16Array(CHUNK * 2));
    await clock.advance(100);
    played(0, CHUNK);
    await clock.advance(1000);
    sink.write(new Int16Array(CHUNK * 8));
    await clock.advance(250);
    played(0, CHUNK * 2, 1100);
    expect(sink.flush()).toBe(CHUNK * 4.5);
    sink.write(new Int16Array(CHUNK));
    await clock.advance(5000);
    expect(sink.flush()).toBe(CHUNK * 5.5);
  });

  it("accepts nothing once it is closed, and resolves pending waits", async () => {
    const { sink } = sinkWithWire();
    sink.write(new Int16Array(CHUNK));
    const waiting = sink.whenPlayed(CHUNK);
    await sink.close();
    await sink.close();
    expect(await waiting).toBe("closed");
    expect(sink.write(new Int16Array(CHUNK))).toBe(false);
  });
});
