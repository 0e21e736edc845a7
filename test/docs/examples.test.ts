import { describe, expect, it } from "vitest";

import { DatabaseLog, type Store } from "../../examples/docs/database-log.ts";
import { StopWord } from "../../examples/docs/interrupting.ts";
import { openRoom } from "../../examples/docs/daily-room.ts";
import { Nudge } from "../../examples/docs/nudge.ts";
import { OneAtATime } from "../../examples/docs/one-at-a-time.ts";
import { Shouter } from "../../examples/docs/shouter.ts";
import { answersInOrder, saysNothingOldAfterAnInterruption } from "../../examples/docs/test-weather-lines.ts";
import { watchedBot } from "../../examples/docs/watched-bot.ts";
import { bundleFor } from "../../examples/web/page/src/bundle-for.ts";
import {
  BotStoppedSpeakingFrame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMTextFrame,
  TextFrame,
  TranscriptionFrame,
  TTSSpeakFrame,
  UserStartedSpeakingFrame,
} from "../../src/frames/index.ts";
import { PipelineTask } from "../../src/pipeline/index.ts";
import { runProcessor } from "../../src/testing/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { DailyServer } from "../emulator/api/daily/daily-server.ts";

function said(text: string): TranscriptionFrame {
  return new TranscriptionFrame({ text, userId: "u" });
}

describe("what the documents show", () => {
  it("Shouter says everything louder and passes the rest on", async () => {
    const { downstream } = await runProcessor(new Shouter(), [new TextFrame("hi"), new InterruptionFrame()]);
    expect(downstream.map((frame) => (frame instanceof TextFrame ? frame.text : frame.kind))).toEqual([
      "InterruptionFrame",
    ]);
    const calm = await runProcessor(new Shouter(), [new TextFrame("hi"), { waitMs: 0 }, new InterruptionFrame()]);
    expect(calm.downstream[0]).toMatchObject({ text: "HI" });
  });

  it("bundleFor points to the emulator's bundle for rooms on this machine, and to none for Daily's", () => {
    expect(bundleFor("http://127.0.0.1:4747/c1?t=x")).toEqual({ bundlePathOverride: "http://127.0.0.1:4747/_daily" });
    expect(bundleFor("http://localhost:4747/c1")).toEqual({ bundlePathOverride: "http://localhost:4747/_daily" });
    expect(bundleFor("https://tavus.daily.co/c1")).toEqual({});
    expect(bundleFor("https://localhost.example.com/c1")).toEqual({});
  });

  it("openRoom makes a private room for a bot that owns it and a user who does not, and deletes it", async () => {
    await using server = new DailyServer();
    const room = await openRoom("Ada", server.client());
    const name = new URL(room.url).pathname.slice(1);
    expect(server.refusal(name)).toBe("not-allowed");
    for (const token of [room.botToken, room.userToken]) server.enter(name, token);
    const people = server.rooms.room(name)?.participants();
    expect(people).toMatchObject([
      { userName: "Bot", owner: true },
      { userName: "Ada", owner: false },
    ]);
    await room[Symbol.asyncDispose]();
    expect(server.refusal(name)).toBe("no-room");
  });

  it("the tests of WeatherLines pass", async () => {
    await answersInOrder();
    await saysNothingOldAfterAnInterruption();
  });

  it("Nudge asks after eight seconds of silence, and not when the user has spoken", async () => {
    const asked = await runProcessor(new Nudge(), [new BotStoppedSpeakingFrame(), { waitMs: 8000 }]);
    expect(asked.downstream.some((frame) => frame instanceof TTSSpeakFrame)).toBe(true);
    const spoke = [new BotStoppedSpeakingFrame(), { waitMs: 7999 }, new UserStartedSpeakingFrame(), { waitMs: 9000 }];
    const quiet = await runProcessor(new Nudge(), spoke);
    expect(quiet.downstream.some((frame) => frame instanceof TTSSpeakFrame)).toBe(false);
  });

  it("DatabaseLog writes transcripts down, reports a failure and goes on", async () => {
    const lines: string[] = [];
    const calls: string[] = [];
    const store: Store = {
      connect: async () => void calls.push("connect"),
      insert: async (line) => {
        if (line === "bad") throw new Error("no space");
        lines.push(line);
      },
      close: async () => void calls.push("close"),
    };
    const log = new DatabaseLog(store);
    const stored: string[] = [];
    log.on("stored", (line) => stored.push(line));
    const { downstream, upstream } = await runProcessor(log, [said("one"), said("bad"), said("two")]);
    expect([lines, stored]).toEqual([
      ["one", "two"],
      ["one", "two"],
    ]);
    expect(downstream).toHaveLength(3);
    expect(upstream).toMatchObject([{ kind: "ErrorFrame", errorCategory: "connectivity" }]);
    expect(upstream[0]).toHaveProperty("error.message", "no space");
    expect(calls[0]).toBe("connect");
    expect(calls).toContain("close");
  });

  it("OneAtATime holds the next answer until the bot has stopped, or for ten seconds", async () => {
    const order = async (waitMs: number, stops: boolean): Promise<string[]> => {
      const { downstream } = await runProcessor(new OneAtATime(), [
        new LLMFullResponseEndFrame(),
        new LLMTextFrame("next"),
        { waitMs },
        ...(stops ? [new BotStoppedSpeakingFrame()] : [new UserStartedSpeakingFrame()]),
      ]);
      return downstream.map((frame) => (frame instanceof LLMTextFrame ? frame.text : frame.kind));
    };
    expect(await order(3000, true)).toEqual(["LLMFullResponseEndFrame", "BotStoppedSpeakingFrame", "next"]);
    expect(await order(10_000, false)).toEqual(["LLMFullResponseEndFrame", "next", "UserStartedSpeakingFrame"]);
  });

  it("StopWord interrupts both ways and still answers", async () => {
    const { downstream, upstream } = await runProcessor(new StopWord(), [said("please stop")]);
    expect(downstream.map(({ kind }) => kind)).toEqual(["InterruptionFrame", "TTSSpeakFrame"]);
    expect(upstream.map(({ kind }) => kind)).toEqual(["InterruptionFrame"]);
  });

  it("watchedBot makes a task of a transport", () => {
    const transport = new TavusTransport({ roomUrl: "http://127.0.0.1:1/room" }, { env: {} });
    expect(watchedBot(transport, [])).toBeInstanceOf(PipelineTask);
  });
});
