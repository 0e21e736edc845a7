import { describe, expect, it } from "vitest";

import { AbortScope } from "../../src/services/abort-scope.ts";
import { iterateWithin, within, type WorkBounds } from "../../src/services/work-bounds.ts";
import { settle, VirtualClock } from "../../src/testing/index.ts";
import { DeadlineError } from "../../src/util/errors.ts";

const never = new Promise<never>(() => undefined);

function bounds(signal = new AbortController().signal): WorkBounds & { readonly clock: VirtualClock } {
  return { clock: new VirtualClock(), signal, timeoutMs: 100, what: "The work" };
}

describe("within", () => {
  it("settles like the work, and leaves no timer", async () => {
    const limits = bounds();
    expect(await within(Promise.resolve(1), limits)).toBe(1);
    await expect(within(Promise.reject(new Error("no")), limits)).rejects.toThrow("no");
    expect(limits.clock.pendingTimers).toBe(0);
  });

  it("rejects after the timeout", async () => {
    const limits = bounds();
    const result = within(never, limits);
    const settled = expect(result).rejects.toThrow(DeadlineError);
    await limits.clock.advance(100);
    await settled;
  });

  it("rejects at once when the signal aborts or was aborted before", async () => {
    const controller = new AbortController();
    const limits = bounds(controller.signal);
    const result = within(never, limits);
    controller.abort(new Error("stop"));
    await expect(result).rejects.toThrow("stop");
    await expect(within(never, limits)).rejects.toThrow("stop");
    expect(limits.clock.pendingTimers).toBe(0);
  });
});

describe("iterateWithin", () => {
  /** Records how it ended. */
  function source(items: readonly (number | "hang")[]) {
    const state = { ended: false };
    async function* generate(): AsyncGenerator<number> {
      try {
        for (const item of items) {
          if (item === "hang") await never;
          else yield item;
        }
      } finally {
        state.ended = true;
      }
    }
    return { state, stream: generate() };
  }

  it("yields all items", async () => {
    const { stream, state } = source([1, 2]);
    const items: number[] = [];
    for await (const item of iterateWithin(stream, bounds())) items.push(item);
    expect(items).toEqual([1, 2]);
    expect(state.ended).toBe(true);
  });

  it("closes a source that is left early, so that it can release its resources", async () => {
    const { stream, state } = source([1, 2]);
    for await (const _item of iterateWithin(stream, bounds())) break;
    expect(state.ended).toBe(true);
  });

  it("does not wait for a source that hangs", async () => {
    const limits = bounds();
    const items: number[] = [];
    const consumed = (async () => {
      for await (const item of iterateWithin(source([1, "hang"]).stream, limits)) items.push(item);
    })();
    const settled = expect(consumed).rejects.toThrow("longer than 100 ms");
    await limits.clock.advance(100);
    await settled;
    expect(items).toEqual([1]);
  });
});

describe("AbortScope", () => {
  it("aborts with the first of its parents and its reason, or by abort()", () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const scope = new AbortScope(one.signal, two.signal);
    two.abort("two");
    expect(scope.signal.reason).toBe("two");
    expect(new AbortScope(one.signal, two.signal).signal.reason).toBe("two");
    const alone = new AbortScope(one.signal);
    alone.abort(new Error("mine"));
    expect(alone.signal.reason).toEqual(new Error("mine"));
  });

  it("removes its listeners from its parents when it is disposed", async () => {
    const parent = new AbortController();
    const scope = new AbortScope(parent.signal);
    scope[Symbol.dispose]();
    parent.abort();
    await settle();
    expect(scope.signal.aborted).toBe(false);
  });
});
