import { describe, expect, it } from "vitest";

import {
  BotSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  ErrorFrame,
  type Frame,
  InterruptionFrame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSSpeakFrame,
} from "../../src/frames/index.ts";
import { ScriptedTTSService, type ScriptedTTSServiceOptions } from "../../src/testing/index.ts";
import type { Chain } from "../pipeline/harness.ts";
import { of, rig } from "./rig.ts";

const answer = (text: string): Frame[] => [
  new LLMFullResponseStartFrame(),
  new LLMTextFrame(text),
  new LLMFullResponseEndFrame(),
];

async function paused(options: ScriptedTTSServiceOptions = {}): Promise<Chain & { tts: ScriptedTTSService }> {
  const tts = new ScriptedTTSService({ pauseWhileSpeaking: true, latencyMs: 0, ...options });
  const rigged = await rig(tts);
  rigged.send(...answer("One."), ...answer("Two."));
  await rigged.clock.advance(0);
  return { ...rigged, tts };
}

describe("a service that pauses while the bot speaks", () => {
  it("holds the frames behind an answer until the bot has said it", async () => {
    const { tts, pipeline, clock } = await paused();
    pipeline.queueFrame(new BotStartedSpeakingFrame(), "upstream");
    await clock.advance(200);
    expect(tts.requests).toHaveLength(1);
    pipeline.queueFrame(new BotStoppedSpeakingFrame(), "upstream");
    await clock.advance(0);
    expect(tts.requests).toHaveLength(2);
  });

  it("holds the frames behind a TTSSpeakFrame too, but no upstream frames", async () => {
    const tts = new ScriptedTTSService({ pauseWhileSpeaking: true, latencyMs: 0 });
    const { send, pipeline, clock, takeUp } = await rig(tts);
    send(new TTSSpeakFrame("One."), new TTSSpeakFrame("Two."));
    await clock.advance(0);
    pipeline.queueFrame(new LLMContextFrame(new LLMContext()), "upstream");
    await clock.advance(0);
    expect(tts.requests).toHaveLength(1);
    expect(takeUp()).toEqual(["LLMContextFrame"]);
  });

  it("resumes after an interruption before the bot was heard", async () => {
    const { tts, send, clock } = await paused();
    send(new InterruptionFrame(), ...answer("Three."));
    await clock.advance(0);
    expect(tts.requests.map(({ text }) => text)).toEqual(["One.", "Three."]);
  });

  it.each(["silent", new Error("no")] as const)("does not pause for an answer without audio (%s)", async (how) => {
    const { tts } = await paused({ requests: [how] });
    expect(tts.requests).toHaveLength(2);
  });

  it("resumes when the output reports an error", async () => {
    const { tts, pipeline, clock } = await paused();
    pipeline.queueFrame(new ErrorFrame(new Error("the room is gone")), "upstream");
    await clock.advance(0);
    expect(tts.requests).toHaveLength(2);
  });

  it("resumes after 3 s without a sign of the bot, so that the end arrives", async () => {
    const { tts, send, clock, down, log } = await paused();
    send(new EndFrame());
    await clock.advance(2999);
    expect(tts.requests).toHaveLength(1);
    await clock.advance(4000);
    expect(tts.requests).toHaveLength(2);
    expect(of(down, EndFrame)).toHaveLength(1);
    expect(log.lines.filter((line) => line.includes("gave up waiting for the bot"))).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets a long answer finish: the watchdog waits while the bot is heard", async () => {
    const { tts, pipeline, clock } = await paused();
    for (let i = 0; i < 50; i++) {
      pipeline.queueFrame(new BotSpeakingFrame(), "upstream");
      await clock.advance(200);
    }
    expect(tts.requests).toHaveLength(1);
    await clock.advance(3000);
    expect(tts.requests).toHaveLength(2);
  });

  it("leaves no timer behind when it is cleaned up during a pause", async () => {
    const { pipeline, clock } = await paused();
    await pipeline.cleanup();
    expect(clock.pendingTimers).toBe(0);
  });
});
