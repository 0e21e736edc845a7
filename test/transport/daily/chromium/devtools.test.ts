import { PassThrough } from "node:stream";

import { describe, expect, it } from "vitest";

import { DevTools, type DevToolsEvent } from "../../../../src/transport/daily/chromium/devtools.ts";

/** A client, and the far ends of its pipes. */
function connect() {
  const input = new PassThrough();
  const output = new PassThrough();
  const devTools = new DevTools(input, output);
  const sent = (): object[] =>
    String(input.read() ?? "")
      .split("\0")
      .filter((text) => text !== "")
      .map((text) => JSON.parse(text) as object);
  const answer = (...messages: object[]): boolean =>
    output.write(messages.map((one) => `${JSON.stringify(one)}\0`).join(""));
  return { devTools, input, output, sent, answer };
}

describe("the DevTools client", () => {
  it("asks the browser, or the target of a session, and gives each answer to its question", async () => {
    const { devTools, sent, answer } = connect();
    const version = devTools.send("Browser.getVersion");
    const value = devTools.send("Runtime.evaluate", { expression: "1" }, "s1");
    expect(sent()).toEqual([
      { id: 1, method: "Browser.getVersion", params: {} },
      { id: 2, method: "Runtime.evaluate", params: { expression: "1" }, sessionId: "s1" },
    ]);
    answer({ id: 2, result: { value: 1 }, sessionId: "s1" }, { id: 1, result: { product: "Chrome/1" } });
    expect(await value).toEqual({ value: 1 });
    expect(await version).toEqual({ product: "Chrome/1" });
  });

  it("rejects with what the browser says", async () => {
    const { devTools, answer } = connect();
    const asked = devTools.send("No.such");
    answer({ id: 1, error: { code: -32_601, message: "'No.such' wasn't found" } });
    await expect(asked).rejects.toThrow("'No.such' wasn't found");
  });

  it("reads messages however the pipe cuts them, inside a character too", async () => {
    const { devTools, output } = connect();
    const asked = devTools.send("Runtime.evaluate");
    const bytes = Buffer.from(`{"method":"A.b","params":{}}\0{"id":1,"result":{"value":"grün"}}\0`);
    for (const byte of bytes) output.write(Buffer.of(byte));
    expect(await asked).toEqual({ value: "grün" });
  });

  it("tells of events until it is asked not to, and whose they are", async () => {
    const { devTools, answer } = connect();
    const events: DevToolsEvent[] = [];
    const stop = devTools.listen((event) => events.push(event));
    answer({ method: "Inspector.targetCrashed", params: {}, sessionId: "s1" }, { method: "Target.detachedFromTarget" });
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    answer({ method: "Inspector.targetCrashed", params: {}, sessionId: "s2" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([
      { method: "Inspector.targetCrashed", params: {}, sessionId: "s1" },
      { method: "Target.detachedFromTarget", params: {} },
    ]);
  });

  it("rejects what waits for the answer of a target that is gone, and nothing else", async () => {
    const { devTools, answer } = connect();
    const crashed = devTools.send("Runtime.evaluate", {}, "s1");
    const others = devTools.send("Runtime.evaluate", {}, "s2");
    devTools.end(new Error("The page crashed."), "s1");
    await expect(crashed).rejects.toThrow("crashed");
    answer({ id: 2, result: { value: 1 } });
    expect(await others).toEqual({ value: 1 });
  });

  it("answers nothing any more once the browser is gone", async () => {
    const { devTools, input } = connect();
    const asked = devTools.send("Browser.getVersion");
    devTools.end(new Error("The browser has exited."));
    await expect(asked).rejects.toThrow("has exited");
    await expect(devTools.send("Browser.getVersion")).rejects.toThrow("has exited");
    input.destroy(new Error("EPIPE"));
  });
});
