import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  ErrorFrame,
  FunctionCallsStartedFrame,
  InterruptionFrame,
  LLMConfigureOutputFrame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  MetricsFrame,
} from "../../src/frames/index.ts";
import { ServiceError } from "../../src/pipeline/index.ts";
import { runProcessor, type ScriptedAnswer, ScriptedLLMService } from "../../src/testing/index.ts";
import { of, rig, story } from "./rig.ts";

const ask = (): LLMContextFrame => new LLMContextFrame(new LLMContext([{ role: "user", content: "Hello" }]));
const model = (...answers: ScriptedAnswer[]): ScriptedLLMService => new ScriptedLLMService({ answers });
const call = { type: "toolCall", id: "1", name: "look", arguments: {} } as const;

describe("the answer of a model", () => {
  it("streams between its start and its end", async () => {
    const llm = model("Hello there.");
    const { send, clock, down } = await rig(llm);
    send(ask());
    await clock.advance(100);
    expect(story(down)).toEqual(["LLMFullResponseStartFrame", "LLMTextFrame: Hello"]);
    await clock.advance(100);
    expect(story(down).slice(2)).toEqual(["LLMTextFrame:  there.", "LLMFullResponseEndFrame"]);
    expect(of(down, LLMTextFrame)[0]!.includesInterFrameSpaces).toBe(true);
    expect(llm.requests).toEqual([[{ role: "user", content: "Hello" }]]);
  });

  it("answers a context from downstream as well", async () => {
    const { pipeline, clock, down } = await rig(model("Yes."));
    pipeline.queueFrame(ask(), "upstream");
    await clock.advance(200);
    expect(story(down)).toContain("LLMTextFrame: Yes.");
  });

  it("answers one context after the other", async () => {
    const { send, clock, takeDown } = await rig(model("One.", "Two."));
    send(ask(), ask());
    await clock.advance(500);
    const [start, end] = ["LLMFullResponseStartFrame", "LLMFullResponseEndFrame"];
    expect(takeDown()).toEqual([start, "One.", end, start, "Two.", end]);
  });

  it("keeps thoughts separate from the answer", async () => {
    const thoughts = ["hm", " well"].map((text) => ({ type: "thought", text }) as const);
    const { send, clock, takeDown } = await rig(model([...thoughts, "Yes.", ...thoughts]));
    send(ask());
    await clock.advance(500);
    const thought = ["LLMThoughtStartFrame", "hm", " well", "LLMThoughtEndFrame"];
    expect(takeDown().slice(1, -1)).toEqual([...thought, "Yes.", ...thought]);
  });

  it("ends even when it fails, and then calls no functions", async () => {
    const { send, clock, takeDown, up } = await rig(model(["So", call, new Error("out of tokens")]));
    send(ask());
    await clock.advance(500);
    expect(takeDown()).toEqual(["LLMFullResponseStartFrame", "So", "LLMFullResponseEndFrame"]);
    expect(of(up, ErrorFrame).map(({ error }) => error.message)).toEqual(["out of tokens"]);
  });

  it.each([400, 401, 403, 404, 422])("fails with status %i, and the next one is still requested", async (status) => {
    const refused = Object.assign(new Error("the content filter refuses this"), { status });
    const llm = model(refused, "Better now.");
    const { send, clock, takeDown, up } = await rig(llm);
    send(ask(), ask());
    await clock.advance(500);
    expect(takeDown().slice(2)).toEqual(["LLMFullResponseStartFrame", "Better", " now.", "LLMFullResponseEndFrame"]);
    expect(of(up, ErrorFrame).map(({ permanent }) => permanent)).toEqual([false]);
    expect(llm.usable).toBe(true);
  });

  it("is the last one requested when the service reports an invalid key", async () => {
    const wrongKey = new ServiceError("The key is wrong.", { category: "authentication" });
    const llm = model(wrongKey, "Never.");
    const { send, clock, up } = await rig(llm);
    send(ask(), ask());
    await clock.advance(500);
    expect(llm.requests).toHaveLength(1);
    expect(of(up, ErrorFrame)[0]).toMatchObject({ error: wrongKey, errorCategory: "authentication", permanent: true });
    expect(llm.usable).toBe(false);
  });

  it("times out when no piece arrives, and its request is aborted", async () => {
    const llm = new ScriptedLLMService({ answers: [["So", { waitMs: 60_000 }, "late"]], chunkTimeoutMs: 1000 });
    const { send, clock, takeDown, up } = await rig(llm);
    send(ask());
    await clock.advance(2000);
    expect(takeDown()).toEqual(["LLMFullResponseStartFrame", "So", "LLMFullResponseEndFrame"]);
    expect(of(up, ErrorFrame)[0]!.error.message).toContain("longer than 1000 ms");
    expect(llm.aborted).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is aborted by an interruption: no more text, end or function calls follow", async () => {
    const llm = model(["One", call, { waitMs: 500 }, " two."], "New.");
    let called = 0;
    llm.registerFunction("look", () => ++called);
    const { send, clock, takeDown, up } = await rig(llm);
    send(ask());
    await clock.advance(200);
    send(new InterruptionFrame());
    await clock.advance(1000);
    expect(takeDown()).toEqual(["LLMFullResponseStartFrame", "One", "InterruptionFrame"]);
    send(ask());
    await clock.advance(1000);
    expect(takeDown()).toEqual(["LLMFullResponseStartFrame", "New.", "LLMFullResponseEndFrame"]);
    expect([called, llm.aborted]).toEqual([0, 1]);
    expect(of(up, ErrorFrame)).toEqual([]);
    expect(of(up, FunctionCallsStartedFrame)).toEqual([]);
  });

  it("calls no functions when it is interrupted at the moment it ends", async () => {
    const llm = model(["One", call]);
    const { send, clock, down } = await rig(llm);
    llm.on("afterPush", (frame) => {
      if (frame instanceof LLMFullResponseEndFrame) send(new InterruptionFrame());
    });
    send(ask());
    await clock.advance(500);
    expect(of(down, InterruptionFrame)).toHaveLength(1);
    expect(of(down, FunctionCallsStartedFrame)).toEqual([]);
  });

  it("is aborted by a cancel, without an error", async () => {
    const llm = model(["One", { waitMs: 500 }, " two."]);
    const { send, clock, up } = await rig(llm);
    send(ask());
    await clock.advance(200);
    send(new CancelFrame());
    await clock.advance(1000);
    expect(llm.aborted).toBe(1);
    expect(of(up, ErrorFrame)).toEqual([]);
  });

  it("is marked skipTTS from start to end after an LLMConfigureOutputFrame", async () => {
    const { send, clock, down } = await rig(model("Quiet.", "Loud."));
    send(new LLMConfigureOutputFrame(true), ask(), new LLMConfigureOutputFrame(false), ask());
    await clock.advance(500);
    expect(of(down, LLMFullResponseStartFrame).map(({ skipTTS }) => skipTTS)).toEqual([true, false]);
    expect(of(down, LLMTextFrame).map(({ skipTTS }) => skipTTS)).toEqual([true, undefined]);
    expect(of(down, LLMFullResponseEndFrame).map(({ skipTTS }) => skipTTS)).toEqual([true, false]);
  });

  it("measures the time to its first piece and first word, its duration and its tokens", async () => {
    const usage = { promptTokens: 10, completionTokens: 2, totalTokens: 12 };
    const llm = model([{ type: "thought", text: "hm" }, { waitMs: 50 }, "Yes", { type: "usage", usage }]);
    const { downstream } = await runProcessor(llm, [ask(), { waitMs: 1000 }], { enableMetrics: true });
    const data = of(downstream, MetricsFrame).flatMap((frame) => frame.data);
    expect(data).toMatchObject([
      { kind: "ttfb", valueMs: 100 },
      { kind: "ttfat", valueMs: 150 },
      { kind: "llmUsage", usage },
      { kind: "processing", valueMs: 160 },
    ]);
  });
});
