import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import type { EchoAudioMessage } from "../../../src/api/events/interactions.ts";
import {
  EchoAudioSink,
  type EchoAudioSinkOptions,
  type PalSpeaking,
} from "../../../src/transport/tavus/echo/echo-audio-sink.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { pcm, TestLogger } from "../frames.ts";
import { settle, VirtualClock } from "../../../src/testing/virtual-clock.ts";

const RATE = 24_000;
/** In samples. */
const MS = RATE / 1000;

let clock: VirtualClock;
let logger: TestLogger;
let sent: EchoAudioMessage[];
let errors: Error[];

beforeEach(() => {
  clock = new VirtualClock();
  logger = new TestLogger();
  sent = [];
  errors = [];
});

function makeSink(options: Partial<EchoAudioSinkOptions> = {}): EchoAudioSink {
  let ids = 0;
  return new EchoAudioSink({
    clock,
    logger,
    sampleRate: RATE,
    conversationId: "ca4301628cb9aaaaa",
    maxMessageCharacters: 4096,
    send: (message) => {
      sent.push(message);
      return Promise.resolve();
    },
    onError: (error) => errors.push(error),
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    ...options,
  });
}

function samplesIn(message: EchoAudioMessage): number {
  return Buffer.from(message.properties.audio, "base64").length / 2;
}

function event(type: PalSpeaking["type"], interrupted = false): PalSpeaking {
  return { type, interrupted };
}

describe("messages", () => {
  it("an utterance has one inference id, all its audio, and exactly one done: last, on 40 ms of silence", async () => {
    const sink = makeSink();
    sink.write(pcm(130));
    sink.endUtterance();
    sink.endUtterance();
    await settle();
    expect(new Set(sent.map(({ properties }) => properties.inference_id)).size).toBe(1);
    expect(sent.map(({ properties }) => properties.done)).toEqual([...sent.slice(1).map(() => false), true]);
    expect(samplesIn(sent.at(-1)!)).toBe(40 * MS);
    expect(Buffer.from(sent.at(-1)!.properties.audio, "base64").every((byte) => byte === 0)).toBe(true);
    const spoken = sent.slice(0, -1).reduce((sum, message) => sum + samplesIn(message), 0);
    expect(spoken).toBe(130 * MS);
    sink.write(pcm(200));
    await settle();
    expect(sent.at(-1)!.properties.inference_id).not.toBe(sent[0]!.properties.inference_id);
  });

  it("are as long as the room allows and no longer, at any limit and rate", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1500, max: 20_000 }),
        fc.constantFrom(16_000, 24_000, 48_000),
        async (maxMessageCharacters, sampleRate) => {
          sent = [];
          const sink = makeSink({ maxMessageCharacters, sampleRate });
          sink.write(pcm(300, sampleRate));
          await settle();
          const sizes = sent.map((message) => JSON.stringify(message).length);
          expect(Math.max(...sizes)).toBeLessThanOrEqual(maxMessageCharacters);
          // Either the limit is used up to four base64 characters and rounding, or the chunk is 100 ms.
          const full = samplesIn(sent[0]!) === sampleRate / 10;
          expect(full || Math.max(...sizes) > maxMessageCharacters - 12).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("rejects a limit that leaves no room for audio", () => {
    expect(() => makeSink({ maxMessageCharacters: 300 })).toThrow(/maxMessageBytes/);
  });

  it("after a flush nothing of the old inference id is sent, not even what was waiting", async () => {
    const release: (() => void)[] = [];
    const sink = makeSink({
      send: (message) => {
        sent.push(message);
        return new Promise((resolve) => release.push(() => resolve()));
      },
    });
    sink.write(pcm(1000));
    sink.endUtterance();
    await settle();
    expect(sent).toHaveLength(1);
    sink.flush();
    sink.write(pcm(100));
    sink.endUtterance();
    for (let turn = 0; turn < 10; turn++) {
      release.shift()?.();
      await settle();
    }
    const ids = sent.map(({ properties }) => properties.inference_id);
    expect(new Set(ids.slice(1))).toEqual(new Set([ids.at(-1)]));
    expect(ids[0]).not.toBe(ids[1]);
    expect(sent.filter(({ properties }) => properties.done)).toHaveLength(1);
  });

  it("a message that is too long for the room is halved and sent again, and later ones are shorter", async () => {
    const sink = makeSink({
      send: (message) => {
        if (JSON.stringify(message).length > 2500) return Promise.reject(new DailyCallError("messageTooLarge", "long"));
        sent.push(message);
        return Promise.resolve();
      },
    });
    for (let block = 0; block < 10; block++) {
      sink.write(pcm(40));
      await settle();
    }
    sink.endUtterance();
    await settle();
    const spoken = sent.slice(0, -1).reduce((sum, message) => sum + samplesIn(message), 0);
    expect(spoken).toBe(400 * MS);
    expect(sent.filter(({ properties }) => properties.done)).toHaveLength(1);
    expect(errors).toEqual([]);
    expect(logger.warnings()).toHaveLength(1);
  });

  it("a lasting failure is reported once per utterance", async () => {
    const sink = makeSink({ send: () => Promise.reject(new DailyCallError("closed", "gone")) });
    sink.write(pcm(500));
    sink.endUtterance();
    await settle();
    expect(errors.map(({ message }) => message)).toEqual(["gone"]);
  });

  it("a failure of audio that was flushed in the meantime is not reported", async () => {
    let fail: (error: Error) => void = () => undefined;
    const sink = makeSink({ send: () => new Promise((_resolve, reject) => (fail = reject)) });
    sink.write(pcm(100));
    await settle();
    sink.flush();
    fail(new Error("too late"));
    await settle();
    expect(errors).toEqual([]);
  });

  it("accepts at most 10 s ahead of the playout", () => {
    const sink = makeSink();
    let taken = 0;
    while (sink.write(pcm(1000))) taken++;
    expect(taken).toBe(11);
    expect(sink.write(pcm(1000))).toBe(false);
  });
});

describe("playout clock", () => {
  it("starts with the pal's own event and learns the latency from it", async () => {
    const sink = makeSink();
    sink.write(pcm(1000));
    sink.endUtterance();
    await clock.advance(800);
    expect(sink.playedSamples).toBe(0);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(500);
    expect(sink.playedSamples).toBe(500 * MS);
    await clock.advance(495);
    sink.palSpeaking(event("stoppedSpeaking"));
    expect(sink.playedSamples).toBe(1000 * MS);
  });

  it("waits a little for the stop event, then ends by the estimate", async () => {
    const sink = makeSink();
    sink.write(pcm(1000));
    sink.endUtterance();
    await clock.advance(100);
    sink.palSpeaking(event("startedSpeaking"));
    let outcome = "";
    void sink.whenPlayed(1000 * MS).then((value) => (outcome = value));
    await clock.advance(1400);
    expect([sink.playedSamples, outcome]).toEqual([1000 * MS - 1, ""]);
    await clock.advance(100);
    expect([sink.playedSamples, outcome]).toEqual([1000 * MS, "played"]);
  });

  it("falls back to the estimate without events, and logs that once", async () => {
    const sink = makeSink();
    for (let utterance = 0; utterance < 2; utterance++) {
      sink.write(pcm(1000));
      sink.endUtterance();
      await clock.advance(5000);
      expect(sink.playedSamples).toBe((utterance + 1) * 1000 * MS);
    }
    expect(logger.warnings()).toEqual([expect.stringContaining("estimated")]);
  });

  it("matches queued utterances to events by order", async () => {
    const sink = makeSink();
    sink.write(pcm(500));
    sink.endUtterance();
    sink.write(pcm(500));
    sink.endUtterance();
    await clock.advance(300);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(500);
    sink.palSpeaking(event("stoppedSpeaking"));
    expect(sink.playedSamples).toBe(500 * MS);
    await clock.advance(50);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(200);
    expect(sink.playedSamples).toBeCloseTo(700 * MS, -2);
    await clock.advance(300);
    sink.palSpeaking(event("stoppedSpeaking"));
    expect(sink.playedSamples).toBe(1000 * MS);
  });

  it("a late stop of the interrupted utterance does not end the next one", async () => {
    const sink = makeSink();
    sink.write(pcm(1000));
    await clock.advance(300);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(200);
    expect(sink.flush()).toBe(200 * MS);
    sink.write(pcm(1000));
    sink.endUtterance();
    await clock.advance(50);
    sink.palSpeaking(event("stoppedSpeaking", true));
    expect(sink.playedSamples).toBe(200 * MS);
    await clock.advance(250);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(400);
    expect(sink.playedSamples).toBe(600 * MS);
  });

  it("start and stop of an utterance interrupted before it was heard do not count for the next one", async () => {
    const sink = makeSink();
    sink.write(pcm(1000));
    await clock.advance(100);
    sink.flush();
    sink.write(pcm(1000));
    sink.endUtterance();
    await clock.advance(50);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(10);
    sink.palSpeaking(event("stoppedSpeaking", true));
    expect(sink.writtenSamples).toBe(1000 * MS);
    await clock.advance(300);
    sink.palSpeaking(event("startedSpeaking"));
    const before = sink.playedSamples;
    await clock.advance(400);
    expect(before).toBe(0);
    expect(sink.playedSamples).toBe(400 * MS);
  });

  it("a start without the stop before it ends the utterance before", async () => {
    const sink = makeSink();
    for (let utterance = 0; utterance < 2; utterance++) {
      sink.write(pcm(1000));
      sink.endUtterance();
    }
    await clock.advance(100);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(900);
    sink.palSpeaking(event("startedSpeaking"));
    expect(sink.playedSamples).toBe(1000 * MS);
    await clock.advance(300);
    expect(sink.playedSamples).toBe(1300 * MS);
  });

  it("late stops of two interrupted utterances do not cut the third", async () => {
    const sink = makeSink();
    for (let time = 0; time < 2; time++) {
      sink.write(pcm(1000));
      await clock.advance(100);
      sink.flush();
    }
    sink.write(pcm(1000));
    sink.endUtterance();
    for (let time = 0; time < 2; time++) {
      sink.palSpeaking(event("startedSpeaking"));
      await clock.advance(10);
      sink.palSpeaking(event("stoppedSpeaking", true));
    }
    expect(sink.writtenSamples).toBe(1000 * MS);
    await clock.advance(300);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(400);
    expect(sink.playedSamples).toBe(400 * MS);
  });

  it("an interruption that is not ours flushes what was not heard", async () => {
    const sink = makeSink();
    sink.write(pcm(1000));
    await clock.advance(300);
    sink.palSpeaking(event("startedSpeaking"));
    await clock.advance(200);
    const outcome = sink.whenPlayed(1000 * MS);
    sink.palSpeaking(event("stoppedSpeaking", true));
    await expect(outcome).resolves.toBe("flushed");
    expect(sink.writtenSamples).toBe(200 * MS);
  });

  it("never runs backwards and never past what was written, in any order of events", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("write" as const), ms: fc.integer({ min: 5, max: 400 }) }),
      fc.record({ do: fc.constantFrom("end", "flush", "started", "stopped", "cut"), ms: fc.constant(0) }),
      fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 900 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock = new VirtualClock();
        sent = [];
        const sink = makeSink();
        let before = 0;
        for (const { do: what, ms } of steps) {
          if (what === "write") sink.write(pcm(ms));
          else if (what === "end") sink.endUtterance();
          else if (what === "flush") expect(sink.flush()).toBe(sink.writtenSamples);
          else if (what === "started") sink.palSpeaking(event("startedSpeaking"));
          else if (what === "stopped") sink.palSpeaking(event("stoppedSpeaking"));
          else if (what === "cut") sink.palSpeaking(event("stoppedSpeaking", true));
          else await clock.advance(ms);
          await settle();
          expect(sink.playedSamples).toBeGreaterThanOrEqual(before);
          expect(sink.playedSamples).toBeLessThanOrEqual(sink.writtenSamples);
          before = sink.playedSamples;
        }
        sink.endUtterance();
        const end = sink.whenPlayed(sink.writtenSamples);
        await clock.advance(60_000);
        await expect(end).resolves.toBe("played");
        const done = sent.filter(({ properties }) => properties.done).map(({ properties }) => properties.inference_id);
        expect(new Set(done).size).toBe(done.length);
      }),
      { numRuns: 60 },
    );
  });
});
