import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Recording, type RecordedTracks } from "../../../src/processors/recorder/recording.ts";
import { VirtualClock } from "../../../src/testing/index.ts";
import { BLOCK_MS, RATE, stretches, userBlock } from "./recorded.ts";

/** A clock whose event loop can be blocked: time passes, but no timer runs. */
class StallingClock extends VirtualClock {
  #stalledMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.#stalledMs;
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}

function recordingOn(clock: VirtualClock): { recording: Recording; user: () => Int16Array; drops: string[] } {
  const chunks: RecordedTracks[] = [];
  const drops: string[] = [];
  const recording = new Recording({
    clock,
    sampleRate: RATE,
    chunkMs: 1000,
    onTracks: (tracks) => {
      chunks.push(tracks);
      return Promise.resolve();
    },
    onDropped: () => drops.push("dropped"),
  });
  return { recording, drops, user: () => Int16Array.from(chunks.flatMap(({ user }) => [...user])) };
}

describe("Recording", () => {
  it("places a burst after a stall of the event loop when it was spoken, not when it arrived", async () => {
    const clock = new StallingClock();
    const { recording, user, drops } = recordingOn(clock);
    const speak = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += BLOCK_MS) {
        await clock.advance(BLOCK_MS);
        recording.addUser("u", userBlock(1000));
      }
    };
    await speak(2500);
    clock.stall(4000);
    await clock.advance(500); // the overdue tick runs first
    for (let at = 0; at < 4500; at += BLOCK_MS) recording.addUser("u", userBlock(3000));
    await speak(1000);
    await recording.stop();
    expect(stretches(user())).toEqual(["0-2500:1000", "2500-7000:3000", "7000-8000:1000"]);
    expect(drops).toEqual([]);
  });

  it("does not drift under jitter: each block is within 40 ms of its time, and none is lost", async () => {
    const jitters = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(jitters, async (delays) => {
        const clock = new VirtualClock();
        const { recording, user } = recordingOn(clock);
        // Block n ends at (n + 1) × 20 ms and arrives late by its jitter, behind the ones before it.
        let arrivalMs = 0;
        for (const [index, delayMs] of delays.entries()) {
          arrivalMs = Math.max(arrivalMs, (index + 1) * BLOCK_MS + delayMs);
          await clock.advance(arrivalMs - clock.nowMs());
          recording.addUser("u", userBlock(index + 1));
        }
        // The speaker continues: blocks in time show how late the others were.
        await clock.advance(600);
        const missing = Math.floor(clock.nowMs() / BLOCK_MS) - delays.length;
        for (let block = 0; block < missing; block++) recording.addUser("u", userBlock(-1));
        await recording.stop();
        const found = stretches(user()).slice(0, delays.length);
        expect(found.map((stretch) => Number(stretch.split(":")[1]))).toEqual(delays.map((_, index) => index + 1));
        for (const [index, stretch] of found.entries()) {
          const [startMs = 0, endMs = 0] = stretch.split(/[-:]/).map(Number);
          expect(endMs - startMs).toBe(BLOCK_MS);
          expect(Math.abs(startMs - index * BLOCK_MS)).toBeLessThanOrEqual(40);
        }
      }),
      { numRuns: 8 },
    );
  }, 20_000);

  it("uses the frame's own time if it has one", async () => {
    const clock = new VirtualClock();
    await clock.advance(5000);
    const { recording, user } = recordingOn(clock);
    await clock.advance(800);
    const block = userBlock(1000, "u", 100);
    block.ptsMs = 5300;
    recording.addUser("u", block);
    await recording.stop();
    expect(stretches(user())).toEqual(["300-400:1000"]);
  });

  it("limits the number of speakers with a track, and reports dropped audio", async () => {
    const clock = new VirtualClock();
    const { recording, user, drops } = recordingOn(clock);
    await clock.advance(BLOCK_MS);
    for (let speaker = 0; speaker < 100; speaker++) recording.addUser(`u${speaker}`, userBlock(100));
    await recording.stop();
    expect(stretches(user())).toEqual(["0-20:6400"]);
    expect(recording.droppedMs).toBe(36 * BLOCK_MS);
    expect(drops).toEqual(["dropped"]);
  });

  it("drops the tracks of speakers who have left", async () => {
    const clock = new VirtualClock();
    const { recording, user } = recordingOn(clock);
    for (let speaker = 0; speaker < 100; speaker++) {
      await clock.advance(2000);
      recording.addUser(`u${speaker}`, userBlock(100));
    }
    await recording.stop();
    expect(recording.droppedMs).toBe(0);
    expect(stretches(user())).toHaveLength(100);
  });
});
