import { describe, expect, it, vi } from "vitest";

import { deferred } from "../../src/util/deadline.ts";
import { SafeEmitter } from "../../src/util/emitter.ts";

type Events = { ring: [count: number] };

describe("SafeEmitter", () => {
  it("reports a listener that throws and still calls the others", () => {
    const failed = vi.fn();
    const emitter = new SafeEmitter<Events>(failed);
    const heard: number[] = [];
    emitter.on("ring", () => {
      throw new Error("deaf");
    });
    emitter.on("ring", (count) => heard.push(count));
    emitter.emit("ring", 3);
    expect(heard).toEqual([3]);
    expect(failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: "deaf" }), "ring");
  });

  it("reports a listener whose promise rejects", async () => {
    const failed = vi.fn();
    const emitter = new SafeEmitter<Events>(failed);
    emitter.on("ring", () => Promise.reject(new Error("late")));
    emitter.emit("ring", 1);
    await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce());
  });

  it("calls a once listener once, and removes it by the function that was added", () => {
    const emitter = new SafeEmitter<Events>(vi.fn());
    const listener = vi.fn();
    emitter.once("ring", listener);
    emitter.emit("ring", 1);
    emitter.emit("ring", 2);
    expect(listener).toHaveBeenCalledExactlyOnceWith(1);
    emitter.once("ring", listener).off("ring", listener).emit("ring", 3);
    expect(listener).toHaveBeenCalledOnce();
    expect(emitter.listenerCount("ring")).toBe(0);
  });

  it("waits for asynchronous listeners on request, also for those that fail", async () => {
    const failed = vi.fn();
    const emitter = new SafeEmitter<Events>(failed);
    const first = deferred<undefined>();
    const second = deferred<undefined>();
    let done = false;
    emitter.on("ring", () => first.promise).on("ring", () => second.promise);
    const waiting = emitter.emitAndWait("ring", 1).then(() => (done = true));
    first.resolve(undefined);
    await first.promise;
    expect(done).toBe(false);
    second.reject(new Error("no"));
    await waiting;
    expect(failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: "no" }), "ring");
  });
});
