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
    /** Samples of each message with PCM. */
    pcmMessages: () =>
      wire
        .filter((_, i) => heads()[i]?.type === MEDIA_MESSAGE.pcm)
        .map((message) => (message.byteLength - MEDIA_HEAD_BYTES) / 2),
    /** All PCM that left. */
    sentPcm: () =>
      wire
        .filter((_, i) => heads()[i]?.type === MEDIA_MESSAGE.pcm)
        .flatMap((message) => [...new Int16Array(new Uint8Array(message.subarray(MEDIA_HEAD_BYTES)).buffer)]),
  };
}

describe("RemoteTrackSink", () => {
  it("sends half a minute of speech in order, in few messages, without waiting for any report: 4 s of it at once", async () => {
    const { sink, clock, sentPcm, pcmMessages } = sinkWithWire();
    const speech = Int16Array.from({ length: RATE * 30 }, (_, i) => i % 30_000);
    for (let at = 0; at < speech.length; at += 640) sink.write(speech.subarray(at, at + 640));
    await Promise.resolve();
    expect(sentPcm().length).toBeGreaterThanOrEqual(RATE * 4);
    expect(sentPcm().length).toBeLessThan(RATE * 4 + 32_768);
    await clock.advance(100);
    expect(sentPcm()).toEqual([...speech]);
    expect(Math.max(...pcmMessages())).toBe(32_768);
    expect(pcmMessages().length).toBeLessThan(20);
    expect(clock.pendingTimers).toBe(0);
  });

  it("sends nothing more of a burst after a flush", async () => {
    const { sink, clock, types, pcmMessages } = sinkWithWire();
    sink.write(new Int16Array(RATE * 30));
    await clock.advance(5);
    const sent = pcmMessages().length;
    expect(sink.flush()).toBe(RATE * 0.005);
    await clock.advance(1000);
    expect(types().at(-1)).toBe(MEDIA_MESSAGE.flush);
    expect(pcmMessages()).toHaveLength(sent);
    expect(clock.pendingTimers).toBe(0);
  });

  it("sends a chunk in the same turn of the event loop, though nothing follows it", async () => {
    const { sink, pcmMessages } = sinkWithWire();
    sink.write(new Int16Array(CHUNK));
    await Promise.resolve();
    expect(pcmMessages()).toEqual([CHUNK]);
  });

  it("sends nothing after a flush, or a close, of what was written right before it", async () => {
    const { sink, types, pcmMessages } = sinkWithWire();
    sink.write(new Int16Array(CHUNK));
    expect(sink.flush()).toBe(0);
    await Promise.resolve();
    expect(types()).toEqual([MEDIA_MESSAGE.flush]);
    sink.write(new Int16Array(CHUNK));
    await sink.close();
    expect(pcmMessages()).toEqual([]);
  });

  it("rejects writes beyond 40 s of waiting audio", () => {
    const { sink } = sinkWithWire();
    expect(sink.write(new Int16Array(RATE * 40))).toBe(true);
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
