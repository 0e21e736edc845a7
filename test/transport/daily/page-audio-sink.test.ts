import { describe, expect, it } from "vitest";

import {
  AUDIO_HEAD_BYTES,
  AUDIO_MESSAGE,
  readAudioHead,
} from "../../../src/transport/daily/chromium/bridge-messages.ts";
import { PageAudioSink } from "../../../src/transport/daily/chromium/page-audio-sink.ts";

const RATE = 16_000;
const CHUNK = RATE / 10;

function sinkWithWire(): { sink: PageAudioSink; types: () => number[]; sentSamples: () => number } {
  const wire: Buffer[] = [];
  const sink = new PageAudioSink(
    7,
    RATE,
    (message) => wire.push(message),
    () => Promise.resolve(),
  );
  const heads = (): { type: number; id: number; third: number }[] =>
    wire.map((message) => readAudioHead(new DataView(message.buffer, message.byteOffset)));
  return {
    sink,
    types: () => heads().map(({ type }) => type),
    sentSamples: () =>
      wire
        .filter((_, i) => heads()[i]?.type === AUDIO_MESSAGE.pcm)
        .reduce((sum, message) => sum + (message.byteLength - AUDIO_HEAD_BYTES) / 2, 0),
  };
}

describe("PageAudioSink", () => {
  it("sends at most a second ahead of what the page has played, and the rest on credit", () => {
    const { sink, sentSamples } = sinkWithWire();
    for (let i = 0; i < 30; i++) expect(sink.write(new Int16Array(CHUNK))).toBe(true);
    expect(sentSamples()).toBe(RATE);
    sink.played(0, CHUNK * 5);
    expect(sentSamples()).toBe(RATE + CHUNK * 5);
    expect(sink.playedSamples).toBe(CHUNK * 5);
  });

  it("refuses what would make it hold more than ten seconds", () => {
    const { sink } = sinkWithWire();
    expect(sink.write(new Int16Array(RATE * 10))).toBe(true);
    expect(sink.write(new Int16Array(1))).toBe(false);
  });

  it("flushes the page with a new generation, and ignores what the old one still reports", () => {
    const { sink, types } = sinkWithWire();
    sink.write(new Int16Array(CHUNK * 4));
    sink.played(0, CHUNK);
    expect(sink.flush()).toBe(CHUNK);
    expect(types().at(-1)).toBe(AUDIO_MESSAGE.flush);
    expect(sink.writtenSamples).toBe(CHUNK);
    sink.write(new Int16Array(CHUNK * 2));
    sink.played(0, CHUNK * 4);
    expect(sink.playedSamples).toBe(CHUNK);
    sink.played(1, CHUNK * 2);
    expect(sink.playedSamples).toBe(CHUNK * 3);
  });

  it("takes nothing once it is closed, and says so to who waits", async () => {
    const { sink } = sinkWithWire();
    sink.write(new Int16Array(CHUNK));
    const waiting = sink.whenPlayed(CHUNK);
    await sink.close();
    await sink.close();
    expect(await waiting).toBe("closed");
    expect(sink.write(new Int16Array(CHUNK))).toBe(false);
  });
});
