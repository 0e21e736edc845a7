import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import type { CallFrame } from "../../src/transport/daily/chromium/call-frame.ts";
import type * as SharedBrowserModule from "../../src/transport/daily/chromium/shared-browser.ts";
import { MICROPHONE, prewarmDailyRuntime, type WarmRuntime } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, type WatchedCall } from "../support/calls.ts";
import { measurePeak, tone } from "../support/tone.ts";
import { passes, until } from "../support/until.ts";
import { watchedHold } from "../support/watched-hold.ts";

const RATE = 48_000;
const BLOCKED_MS = 1000;

/** The frames that the calls got, in order; the host does not expose its own. */
const frames: CallFrame[] = [];
vi.mock("../../src/transport/daily/chromium/shared-browser.ts", async (importOriginal) => {
  const original = await importOriginal<typeof SharedBrowserModule>();
  return { ...original, holdBrowser: watchedHold(original.holdBrowser, (frame) => frames.push(frame)) };
});

/** How much of a tone is missing at a listener: what came too quiet, and what did not come. */
class Missing {
  readonly #startMs = performance.now();
  #loudMs = 0;

  hear(pcm: Int16Array): void {
    if (measurePeak(pcm) > 2000) this.#loudMs += (pcm.length / RATE) * 1000;
  }

  get ms(): number {
    return performance.now() - this.#startMs - this.#loudMs;
  }
}

describe("chromium calls in one page", () => {
  let emulator: Emulator;
  let calls: Calls;
  let warm: WarmRuntime;
  let url = "";

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger });
    emulator.createRoom("r");
    url = emulator.roomUrl("r");
    warm = await prewarmDailyRuntime("chromium", { url });
  });
  afterAll(async () => {
    await warm[Symbol.asyncDispose]();
    await emulator.close();
  });
  beforeEach(() => {
    calls = new Calls("chromium");
  });
  afterEach(async () => {
    await calls[Symbol.asyncDispose]();
    frames.length = 0;
  });

  /** Lets one speak, and resolves with what is missing of it at the other from now on. */
  async function speak(speaker: WatchedCall, listener: WatchedCall): Promise<Missing> {
    const sink = await speaker.call.publishAudio(MICROPHONE, { sampleRate: RATE });
    sink.write(tone(440, RATE, 9000));
    const ear = await listener.listen(speaker.id, MICROPHONE);
    await until("the tone is heard", () => ear.hears(440));
    const missing = new Missing();
    await listener.call.captureAudio(speaker.id, MICROPHONE, { sampleRate: RATE }, ({ pcm }) => missing.hear(pcm));
    return missing;
  }

  it("take the frame that is ready, another is made ready, and later calls do not miss a page that crashed", async () => {
    const countFrames = (frame?: CallFrame) => frame?.page.evaluate("document.querySelectorAll('iframe').length");
    const anna = await calls.create(url);
    // The first that was opened, before there was a call.
    expect(frames[0]?.name).toBe("call-1");
    await until("another is ready", async () => (await countFrames(frames[0])) === 2);
    // Never answered: the page that would answer has crashed.
    void frames[0]?.page.send("Page.crash").catch(() => undefined);
    await until("the page is gone", () => frames[0]?.page.isOpen === false, 1000);
    expect(anna.errors).toMatchObject([{ code: "runtimeDied" }]);
    const ben = await calls.join(url, "Ben");
    await calls.join(url, "Carl");
    expect(ben.errors).toEqual([]);
  });

  it("lose no sound, sent or received, while the page's main thread is blocked", async () => {
    const anna = await calls.join(url, "Anna");
    const bob = await calls.join(url, "Bob", { runtime: "native" });
    await Promise.all([anna.sees("Bob"), bob.sees("Anna")]);
    const [ofAnna, ofBob] = await Promise.all([speak(anna, bob), speak(bob, anna)]);
    const before = [ofAnna.ms, ofBob.ms];
    await frames[0]?.page.evaluate(
      `{ const endMs = performance.now() + ${BLOCKED_MS}; while (performance.now() < endMs); }`,
    );
    await passes(200);
    expect(ofAnna.ms - (before[0] ?? 0)).toBeLessThan(BLOCKED_MS / 2);
    expect(ofBob.ms - (before[1] ?? 0)).toBeLessThan(BLOCKED_MS / 2);
  });

  it("do not disturb each other: one joins and leaves while another speaks", async () => {
    const anna = await calls.join(url, "Anna");
    const bob = await calls.join(url, "Bob", { runtime: "native" });
    await bob.sees("Anna");
    const missing = await speak(anna, bob);
    const beforeMs = missing.ms;
    const carl = await calls.join(url, "Carl");
    expect(frames[1]?.page).toBe(frames[0]?.page);
    await carl.call.close();
    await until("he has left", () => bob.left.length === 1);
    await passes(200);
    expect(missing.ms - beforeMs).toBeLessThan(300);
    expect(anna.errors).toEqual([]);
  });
});
