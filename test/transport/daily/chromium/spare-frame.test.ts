import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import type { CallFrame } from "../../../../src/transport/daily/chromium/call-frame.ts";
import { SpareFrame } from "../../../../src/transport/daily/chromium/spare-frame.ts";

class FakeFrame {
  isConnected = true;
  isClosed = false;
  #onGone: () => void = () => undefined;
  readonly page = {
    onceGone: (listener: () => void) => {
      this.#onGone = listener;
    },
  };

  /** Its page crashes. */
  die(): void {
    this.isConnected = false;
    this.#onGone();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A spare frame whose frames open at once, or not at all. */
function spareOf() {
  const clock = new VirtualClock();
  const frames: FakeFrame[] = [];
  const state = { opens: true };
  const spare = new SpareFrame(() => {
    if (!state.opens) return Promise.reject(new Error("no memory"));
    const frame = new FakeFrame();
    frames.push(frame);
    return Promise.resolve(frame as unknown as CallFrame);
  }, clock);
  return { clock, frames, spare, state };
}

describe("a spare frame", () => {
  it("is ready before it is needed, and each is given to one call only", async () => {
    const { spare, frames } = spareOf();
    expect(await spare.take()).toBeUndefined();
    await spare.hold();
    expect(frames).toHaveLength(1);
    expect(await spare.take()).toBe(frames[0]);
    expect(frames).toHaveLength(2);
    expect(await spare.take()).toBe(frames[1]);
  });

  it("is replaced a little after it died, and a dead one is given to no call", async () => {
    const { spare, frames, clock } = spareOf();
    await spare.hold();
    frames[0]?.die();
    expect(frames).toHaveLength(1);
    await clock.advance(1000);
    expect(frames).toHaveLength(2);
    // Its connections are gone, the page is not.
    Object.assign(frames[1] ?? {}, { isConnected: false });
    expect(await spare.take()).toBeUndefined();
    expect(await spare.take()).toBe(frames[2]);
  });

  it("is one for all who hold it, and is closed when the last lets go", async () => {
    const { spare, frames, clock } = spareOf();
    await Promise.all([spare.hold(), spare.hold()]);
    expect(frames).toHaveLength(1);
    await spare.release();
    expect(frames[0]?.isClosed).toBe(false);
    await spare.release();
    expect(frames[0]?.isClosed).toBe(true);
    expect(await spare.take()).toBeUndefined();
    await clock.advance(10_000);
    expect(frames).toHaveLength(1);
  });

  it("that was taken stays open when nobody holds a spare any more", async () => {
    const { spare, frames, clock } = spareOf();
    await spare.hold();
    await spare.take();
    await spare.release();
    frames[0]?.die();
    await clock.advance(10_000);
    expect(frames.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  });

  it("that cannot be opened is an error for whoever asks to keep one, and none for a call", async () => {
    const { spare, frames, state } = spareOf();
    state.opens = false;
    await expect(spare.hold()).rejects.toThrow("no memory");
    expect(spare.isHeld).toBe(false);
    state.opens = true;
    await spare.hold();
    state.opens = false;
    expect(await spare.take()).toBe(frames[0]);
    state.opens = true;
    expect(await spare.take()).toBeUndefined();
    expect(await spare.take()).toBe(frames[1]);
  });
});
