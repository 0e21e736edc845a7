import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  InterruptionFrame,
  OutputAudioRawFrame,
  OutputTransportMessageFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  type Frame,
} from "../../../src/frames/index.ts";
import { pcm, speech } from "../frames.ts";
import { OutputHarness } from "./output-harness.ts";
import { SteadyMixer } from "./test-stages.ts";

const BACKGROUND = 3;
const CHUNK = 960;

type Step =
  | { readonly do: "say" | "stream" | "sound" | "wait"; readonly ms: number }
  | { readonly do: "timed"; readonly ms: number }
  | { readonly do: "word" | "message" | "stop" | "interrupt" | "outside"; readonly ms: 0 };

const ms = (most: number) => fc.integer({ min: 1, max: most });
const nothing = fc.constant(0 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("say" as const, "stream", "sound"), ms: ms(700) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("word" as const, "message"), ms: nothing }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("timed" as const), ms: fc.integer({ min: -200, max: 900 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stop" as const), ms: nothing }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("interrupt" as const), ms: nothing }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("outside" as const), ms: nothing }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: ms(1500) }) },
);

const stage = fc.record({
  sinkLatencyMs: fc.constantFrom(0, 7, 250),
  sinkLeadMs: fc.constantFrom(undefined, 10_000),
  mixer: fc.boolean(),
  last: fc.constantFrom("end" as const, "cancel"),
});

interface Script {
  readonly sinkLatencyMs: number;
  readonly sinkLeadMs: number | undefined;
  readonly mixer: boolean;
  readonly last: "end" | "cancel";
}

/** Frames carry their epoch: audio in its level, words and messages in their text. */
async function play(steps: readonly Step[], { sinkLeadMs, mixer, last, sinkLatencyMs }: Script) {
  const h = await new OutputHarness({
    sinkLatencyMs,
    ...(sinkLeadMs === undefined ? {} : { sinkLeadMs }),
    params: mixer ? { audioOutMixer: new SteadyMixer(BACKGROUND) } : {},
  }).start();
  let epoch = 1;
  let count = 0;
  const sent: Frame[] = [];
  const flushes: { readonly atMs: number; readonly writes: number; readonly epoch: number }[] = [];
  for (const { do: what, ms: time } of steps) {
    const level = epoch * 100;
    const name = `${epoch}/${++count}`;
    const frame = ((): Frame | undefined => {
      const timed = new TTSTextFrame(`t${name}`);
      timed.ptsMs = h.clock.nowMs() + time;
      switch (what) {
        case "say":
          return speech(time, 24_000, level);
        case "stream":
          return new SpeechOutputAudioRawFrame({ audio: pcm(time, 24_000, level), sampleRate: 24_000 });
        case "sound":
          return new OutputAudioRawFrame({ audio: pcm(time, 24_000, level), sampleRate: 24_000 });
        case "word":
          return new TTSTextFrame(`w${name}`);
        case "message":
          return new OutputTransportMessageFrame(`m${name}`);
        case "timed":
          return timed;
        case "stop":
          return new TTSStoppedFrame();
        default:
          return undefined;
      }
    })();
    if (frame) {
      sent.push(frame);
      await h.send(frame);
    } else if (what === "interrupt") {
      flushes.push({ atMs: h.clock.nowMs(), writes: h.sink.writes.length, epoch });
      await h.send(new InterruptionFrame());
      epoch++;
    } else if (what === "outside") {
      h.sink.flushFromFarEnd();
      await h.clock.advance(0);
    } else {
      await h.clock.advance(time);
    }
  }
  const heardBeforeEnd = h.sink.playedSamples;
  if (last === "end") h.task.queueFrame(new EndFrame());
  else h.task.cancel();
  await h.finish();
  return { h, epoch, sent, flushes, heardBeforeEnd };
}

type Played = Awaited<ReturnType<typeof play>>;

function epochOf(frame: Frame): number | undefined {
  if (frame instanceof TTSTextFrame) return Number(frame.text.slice(1).split("/")[0]);
  if (!(frame instanceof OutputAudioRawFrame)) return undefined;
  const level = Math.max(...frame.audio);
  return level < 100 ? undefined : Math.floor(level / 100);
}

function expectNothingOfOldEpochs({ h, flushes }: Played): void {
  let epoch = 1;
  for (const { frame } of h.downstream.seen) {
    if (frame instanceof InterruptionFrame) epoch++;
    else expect(epochOf(frame) ?? epoch, frame.name).toBe(epoch);
  }
  for (const flush of flushes) {
    const old = h.sink.writes.slice(flush.writes).filter(({ pcm: block }) => {
      const level = Math.max(...block);
      return level >= 100 && Math.floor(level / 100) <= flush.epoch;
    });
    expect(old).toEqual([]);
  }
}

function expectOneBotStartedAtATime({ h }: Played): void {
  for (const collector of [h.downstream, h.upstream]) {
    let speaking = false;
    for (const { frame } of collector.seen) {
      if (frame instanceof BotStartedSpeakingFrame) {
        expect(speaking).toBe(false);
        speaking = true;
      } else if (frame instanceof BotStoppedSpeakingFrame) {
        expect(speaking).toBe(true);
        speaking = false;
      }
    }
  }
  const { length: started } = h.downstream.of(BotStartedSpeakingFrame);
  const { length: stopped } = h.downstream.of(BotStoppedSpeakingFrame);
  // A cancel ends without a BotStopped.
  expect(started - stopped).toBeLessThanOrEqual(h.downstream.of(EndFrame).length === 1 ? 0 : 1);
}

/** What is passed on is what was heard, except for chunks that were heard in part. */
function expectHeardIsReleased({ h, flushes, heardBeforeEnd }: Played, steps: readonly Step[]): void {
  const released = h.downstream.of(OutputAudioRawFrame).reduce((sum, { numFrames }) => sum + numFrames, 0);
  const cuts = flushes.length + steps.filter(({ do: what }) => what === "outside").length + 1;
  expect(released).toBeLessThanOrEqual(h.sink.playedSamples);
  expect(released).toBeGreaterThan(heardBeforeEnd - cuts * CHUNK);
}

function expectOrder({ h, sent }: Played): void {
  const untimed = h.downstream
    .of(TTSTextFrame)
    .map(({ text }) => text)
    .filter((text) => text.startsWith("w"));
  const inOrder = sent.filter((frame) => frame instanceof TTSTextFrame).map(({ text }) => text);
  expect(untimed).toEqual(inOrder.filter((text) => untimed.includes(text)));
  expect(new Set(h.downstream.of(TTSTextFrame)).size).toBe(h.downstream.of(TTSTextFrame).length);
  // A word never leaves before the audio that arrived before it.
  const position = new Map(h.downstream.seen.map(({ frame }, index) => [frame, index]));
  let audioBefore = 0;
  let epoch = 1;
  for (const frame of sent) {
    const of = epochOf(frame) ?? epoch;
    if (of !== epoch) audioBefore = 0;
    epoch = of;
    if (frame instanceof OutputAudioRawFrame) audioBefore += frame.numFrames;
    const at = position.get(frame);
    if (!(frame instanceof TTSTextFrame) || frame.ptsMs !== undefined || at === undefined) continue;
    const passed = h.downstream.seen
      .slice(0, at)
      .map((seen) => seen.frame)
      .filter((seen) => seen instanceof OutputAudioRawFrame)
      .filter((seen) => epochOf(seen) === epoch)
      .reduce((sum, { numFrames }) => sum + numFrames, 0);
    expect(passed).toBeGreaterThan(audioBefore - CHUNK);
  }
}

function expectNothingIsLostAtTheEnd({ h, epoch, sent }: Played): void {
  const passed = new Set(h.downstream.seen.map(({ frame }) => frame));
  const words = sent.filter((frame) => frame instanceof TTSTextFrame && epochOf(frame) === epoch);
  expect(words.filter((frame) => !passed.has(frame))).toEqual([]);
  const messages = sent.filter((frame) => frame instanceof OutputTransportMessageFrame);
  const ofLast = messages.map(({ message }) => message as string).filter((text) => text.startsWith(`m${epoch}/`));
  expect(h.messages.map(({ message }) => message).filter((text) => ofLast.includes(text as string))).toEqual(ofLast);
}

describe("an output transport under any sequence of events", () => {
  it("keeps order and epochs, has at most one BotStarted open, releases what was heard and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), stage, async (steps, script) => {
        const played = await play(steps, script);
        expectNothingOfOldEpochs(played);
        expectOneBotStartedAtATime(played);
        expectHeardIsReleased(played, steps);
        if (!steps.some(({ do: what }) => what === "outside")) {
          expectOrder(played);
          if (script.last === "end") expectNothingIsLostAtTheEnd(played);
        }
        expect(played.h.sink.closed).toBe(true);
        expect(played.h.clock.pendingTimers).toBe(0);
        expect(played.h.downstream.of(TTSAudioRawFrame).every(({ numFrames }) => numFrames === CHUNK)).toBe(true);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
