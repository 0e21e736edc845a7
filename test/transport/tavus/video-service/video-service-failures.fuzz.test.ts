import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { TTSAudioRawFrame } from "../../../../src/frames/index.ts";
import { VideoServiceHarness } from "./video-service-harness.ts";

const WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
/** Of a word. */
const WORD_MS = 300;

type Failure = "leaves" | "freezes" | "roomEnds" | "runtimeDies" | "shutsDown";

function fail(h: VideoServiceHarness, failure: Failure): void {
  const { pal, call } = h;
  switch (failure) {
    case "leaves":
      pal.leave();
      return;
    case "freezes":
      pal.frozen = true;
      return;
    case "roomEnds":
      call.endFromOutside("roomEnded");
      return;
    case "runtimeDies":
      call.die();
      return;
    case "shutsDown":
      call.receive(
        {
          message_type: "system",
          event_type: "system.shutdown",
          conversation_id: h.service.conversationId,
          properties: { shutdown_reason: "out of credits" },
        },
        pal.sessionId,
      );
  }
}

describe("the voice under random failures of the pal", () => {
  it("has one way at a time: every word is heard whole, in its order, and is in the context once", async () => {
    const failures = fc.constantFrom<Failure>("leaves", "freezes", "roomEnds", "runtimeDies", "shutsDown");
    await fc.assert(
      fc.asyncProperty(
        failures,
        fc.integer({ min: 0, max: 4500 }),
        fc.constantFrom(0, 120, 300, 900),
        async (failure, atMs, latencyMs) => {
          const h = await new VideoServiceHarness({ latencyMs }).start();
          await h.send(...h.utterance(WORDS));
          await h.clock.advance(atMs);
          fail(h, failure);
          await h.clock.advance(9000);
          const heard = h.heard();
          const levels = heard.map(({ level }) => level);
          expect(levels).toEqual([...levels].sort((a, b) => a - b));
          for (const [index] of WORDS.entries()) {
            const stretches = heard.filter(({ level }) => level === (index + 1) * 1000);
            expect(stretches.length).toBeGreaterThanOrEqual(1);
            expect(stretches.length).toBeLessThanOrEqual(2);
            // Cut by the failure, then said again from its beginning.
            // What a pal that falls silent swallows of the end of a word is not missed.
            const shortestMs = failure === "freezes" ? WORD_MS - 81 : WORD_MS - 1;
            expect(Math.max(...stretches.map(({ ms }) => ms))).toBeGreaterThanOrEqual(shortestMs);
          }
          expect(heard.length).toBeLessThanOrEqual(WORDS.length + 1);
          expect(h.words).toEqual(WORDS);
          await h.send(...h.utterance(["nine"], 9000));
          await h.clock.advance(6000);
          expect(h.heard().at(-1)).toEqual({ level: 9000, ms: WORD_MS });
          h.task.cancel();
          await h.finish().catch(() => undefined);
          expect(h.api.ends).toHaveLength(h.api.created.length);
          expect(new Set(h.api.ends).size).toBe(h.api.ends.length);
          expect(h.clock.pendingTimers).toBeLessThanOrEqual(h.pals.length * 2);
          expect(h.pushed(TTSAudioRawFrame).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 30) },
    );
  }, 600_000);
});
