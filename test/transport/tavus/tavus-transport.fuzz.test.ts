import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  InterruptionFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  type Frame,
} from "../../../src/frames/index.ts";
import { speech } from "../frames.ts";
import { PAL, TavusHarness, USER } from "./tavus-harness.ts";

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("say" as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stop" as const), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("word" as const), ms: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("interrupt" as const), ms: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 4000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("pal", "user", "lose"), ms: fc.constant(0) }) },
);

/** Levels tell utterances apart on the track: a new one after every interruption. */
async function play(delivery: "track" | "messages", steps: readonly { do: string; ms: number }[], last: string) {
  const h = await new TavusHarness({
    options: { params: { audioDelivery: delivery, palReadyTimeoutMs: 200 } },
    endTimeoutMs: 300_000,
  }).start();
  let epoch = 1;
  const interruptions = new Set<Frame>();
  const epochStarts: { readonly epoch: number; readonly atMs: number; readonly sent: number }[] = [];
  for (const { do: what, ms } of steps) {
    if (what === "say") {
      await h.send(speech(ms, 24_000, epoch * 100));
    } else if (what === "stop") {
      await h.send(new TTSStoppedFrame());
    } else if (what === "word") {
      await h.send(new TTSTextFrame(`epoch ${epoch}`));
    } else if (what === "interrupt") {
      const interruption = new InterruptionFrame();
      interruptions.add(interruption);
      await h.send(interruption);
      epoch++;
      epochStarts.push({ epoch, atMs: h.clock.nowMs(), sent: h.call.sent.length });
    } else if (what === "pal") {
      h.call.addParticipant(PAL);
    } else if (what === "user") {
      h.call.addParticipant(USER);
    } else if (what === "lose") {
      h.call.failNext("sendAppMessage", new Error("lost"));
    } else {
      await h.clock.advance(ms);
    }
  }
  if (last === "end") h.task.end();
  else if (last === "cancel") h.task.cancel();
  else if (last === "die") h.call.die();
  else h.call.endFromOutside("roomEnded");
  await h.clock.advance(0);
  await h.finish().catch(() => undefined);
  return { h, epochStarts, interruptions };
}

function expectOrder(h: TavusHarness): void {
  let speaking = false;
  for (const frame of h.downstream.seen.map((seen) => seen.frame)) {
    if (frame instanceof BotStartedSpeakingFrame) {
      expect(speaking).toBe(false);
      speaking = true;
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      expect(speaking).toBe(true);
      speaking = false;
    }
  }
}

describe("any interleaving of speech, interruptions and joins, to any end", () => {
  it.each(["track", "messages"] as const)("keeps the invariants, by %s", async (delivery) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 40, size: "max" }),
        fc.constantFrom("end", "cancel", "die", "roomEnded"),
        async (steps, last) => {
          const { h, epochStarts, interruptions } = await play(delivery, steps, last);
          expectOrder(h);
          // The conversation is ended exactly once and nothing is left running.
          expect(h.api.ends).toEqual(["c1"]);
          expect(h.call.closes).toBe(1);
          // Words of an old epoch never come after its interruption.
          // Heard words that an interruption overtakes are numbered as before it. A pal that comes in mid-speech
          // interrupts as well.
          const cuts = h.downstream.of(InterruptionFrame).filter((frame) => interruptions.has(frame));
          for (const { text, playoutIndex = 0 } of h.downstream.of(TTSTextFrame)) {
            const before = cuts.filter((cut) => (cut.playoutIndex ?? 0) < playoutIndex);
            expect(text).toBe(`epoch ${before.length + 1}`);
          }
          for (const { pcm: block, atMs } of h.call.sinks.get("stream")?.writes ?? []) {
            const current = epochStarts.filter((start) => start.atMs <= atMs).at(-1)?.epoch ?? 1;
            // At the very moment of an interruption old writes precede it and new ones follow it.
            const allowed = epochStarts.filter((start) => start.atMs === atMs).map((start) => start.epoch - 1);
            const level = Math.max(...block) / 100;
            expect([0, current, ...allowed]).toContain(level);
          }
          const echo = h.call.sent.map(({ data }) => data as EchoLike);
          const ids = new Map<string, boolean>();
          for (const [index, { event_type: type, properties }] of echo.entries()) {
            if (type !== "conversation.echo" || !properties) continue;
            // Nothing follows a done of the same id, and no id crosses an interruption.
            expect(ids.get(properties.inference_id)).not.toBe(true);
            ids.set(properties.inference_id, properties.done);
            const before = epochStarts.filter(({ sent }) => sent <= index).at(-1)?.sent ?? 0;
            const sameId = echo.findIndex((other) => other.properties?.inference_id === properties.inference_id);
            expect(sameId).toBeGreaterThanOrEqual(before);
          }
          // What no interruption cut is complete once the end has come.
          const lastWait = steps.findLastIndex(({ do: what }) => what === "wait");
          const cutForPal =
            h.downstream.of(InterruptionFrame).some((frame) => !interruptions.has(frame)) ||
            // A pal that comes in the moment of the end cuts what nobody heard; the end overtakes that interruption.
            steps.slice(lastWait + 1).some(({ do: what }) => what === "pal");
          if (last === "end" && !cutForPal && !steps.some(({ do: what }) => what === "lose")) {
            const cut = epochStarts.at(-1)?.sent ?? 0;
            const whole = echo.slice(cut).flatMap(({ properties }) => properties?.inference_id ?? []);
            expect(whole.every((id) => ids.get(id))).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

interface EchoLike {
  readonly event_type: string;
  readonly properties?: { readonly inference_id: string; readonly done: boolean };
}
