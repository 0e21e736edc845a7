import fc from "fast-check";
import { expect, it } from "vitest";

import {
  AggregatedTextFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  type Frame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSAudioRawFrame,
  TTSSpeakFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../../src/frames/index.ts";
import { type ScriptedSpeech, ScriptedTTSService } from "../../src/testing/index.ts";
import { of, rig } from "./rig.ts";

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant("start" as const) },
  { weight: 6, arbitrary: fc.constantFrom(" word" as const, " end." as const, "\nLine" as const) },
  { weight: 3, arbitrary: fc.constant("finish" as const) },
  { weight: 2, arbitrary: fc.constantFrom("speak" as const, "speak aside" as const) },
  { weight: 3, arbitrary: fc.constant("interrupt" as const) },
  { weight: 6, arbitrary: fc.constantFrom(1, 40, 150, 700) },
  { weight: 1, arbitrary: fc.constant("bot stopped" as const) },
);

const scenario = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  requests: fc.array(
    fc.constantFrom<ScriptedSpeech>("speaks", "speaks", "speaks", "silent", "hangs", new Error("no")),
    {
      maxLength: 8,
    },
  ),
  latencyMs: fc.constantFrom(0, 30, 200),
  wordDelayMs: fc.constantFrom(0, 20),
  wordTimestamps: fc.boolean(),
  wordTimes: fc.constantFrom("reported" as const, "estimated" as const),
  aggregation: fc.constantFrom("sentence" as const, "token" as const),
  pauseWhileSpeaking: fc.boolean(),
});

function frameOf(
  name: Exclude<typeof step extends fc.Arbitrary<infer Step> ? Step : never, number | "bot stopped">,
): Frame {
  if (name === "start") return new LLMFullResponseStartFrame();
  if (name === "finish") return new LLMFullResponseEndFrame();
  if (name === "interrupt") return new InterruptionFrame();
  if (name === "speak") return new TTSSpeakFrame("Speak up.");
  if (name === "speak aside") return new TTSSpeakFrame("Speak aside.", { appendToContext: false });
  return new LLMTextFrame(name);
}

/** What an utterance has pushed so far. */
interface Seen {
  audio: number;
  texts: number;
  state: "announced" | "started" | "stopped";
  lastPtsMs: number;
}

it("for any interleaving, each utterance is in order and uninterleaved, and none continues after an interruption", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ steps, ...options }) => {
      const tts = new ScriptedTTSService({ ...options, wordMs: 50 });
      const { send, pipeline, clock, down } = await rig(tts);
      for (const name of steps) {
        if (typeof name === "number") await clock.advance(name);
        else if (name === "bot stopped") pipeline.queueFrame(new BotStoppedSpeakingFrame(), "upstream");
        else send(frameOf(name));
      }
      send(new EndFrame());
      await clock.advance(300_000);

      const contexts = new Map<string | undefined, Seen>();
      const interrupted = new Set<string | undefined>();
      let open: string | undefined;
      for (const frame of down) {
        if (frame instanceof InterruptionFrame) {
          for (const [id, { state }] of contexts) if (state !== "stopped") interrupted.add(id);
          open = undefined;
          continue;
        }
        if (!("contextId" in frame)) continue;
        const id = frame.contextId as string | undefined;
        // No earlier utterance speaks after an interruption.
        expect(interrupted.has(id)).toBe(false);
        const seen = contexts.get(id) ?? { audio: 0, texts: 0, state: "announced", lastPtsMs: -Infinity };
        contexts.set(id, seen);
        if (frame instanceof TTSStartedFrame) {
          expect([seen.state, open]).toEqual(["announced", undefined]);
          seen.state = "started";
          open = id;
        } else if (frame instanceof TTSAudioRawFrame) {
          expect([seen.state, open]).toEqual(["started", id]);
          seen.audio++;
        } else if (frame instanceof TTSTextFrame) {
          expect([seen.state, open]).toEqual(["started", id]);
          expect(seen.audio).toBeGreaterThan(0);
          expect(frame.ptsMs ?? Infinity).toBeGreaterThanOrEqual(frame.ptsMs === undefined ? 0 : seen.lastPtsMs);
          seen.lastPtsMs = frame.ptsMs ?? seen.lastPtsMs;
          seen.texts++;
        } else if (frame instanceof TTSStoppedFrame) {
          expect([seen.state, open]).toEqual(["started", id]);
          expect(seen.texts).toBeGreaterThan(0);
          seen.state = "stopped";
          open = undefined;
        } else if (frame instanceof AggregatedTextFrame) {
          expect(seen.state).not.toBe("stopped");
        }
      }
      // Every started utterance is closed, the EndFrame has arrived, and nothing is left running.
      expect(open).toBeUndefined();
      expect(of(down, EndFrame)).toHaveLength(1);
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 300 },
  );
}, 60_000);
