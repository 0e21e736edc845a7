import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ModuleChannel } from "../../../src/emulator/call-machine/module-channel.ts";

type Listener = (event: { readonly data: unknown }) => void;

describe("the channel of one call object", () => {
  const listeners = new Set<Listener>();
  const receive = (callClientId: string): void => {
    const data = { what: "iframe-call-message", from: "module", action: "app-msg", callClientId };
    for (const listener of [...listeners]) listener({ data });
  };

  beforeEach(() => {
    listeners.clear();
    vi.stubGlobal("window", {
      addEventListener: (_type: string, listener: Listener) => listeners.add(listener),
      removeEventListener: (_type: string, listener: Listener) => listeners.delete(listener),
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("receives only its own call object's messages", () => {
    const onRequest = vi.fn();
    new ModuleChannel("a", () => true, onRequest);
    receive("b");
    expect(onRequest).not.toHaveBeenCalled();
    receive("a");
    expect(onRequest).toHaveBeenCalledOnce();
  });

  it("is gone after the end of its call object, with the first message of any other", () => {
    const alive = new Set(["a", "b", "c"]);
    const onRequest = vi.fn();
    for (const id of alive) new ModuleChannel(id, () => alive.has(id), onRequest);
    alive.delete("a");
    alive.delete("b");
    receive("c");
    expect(listeners.size).toBe(1);
    receive("a");
    expect(onRequest).toHaveBeenCalledOnce();
  });
});
