import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  InterruptionFrame,
  OutputTransportReadyFrame,
  TextFrame,
  UserAudioRawFrame,
} from "../../src/frames/index.ts";
import type { PipelineTask, PipelineTaskResult } from "../../src/pipeline/index.ts";
import { utterance } from "../support/tavus.ts";
import type { Collector } from "../transport/frames.ts";

/** A transport in a running task, with a listener who hears the bot and a user who speaks to it. */
export interface ContractStage {
  readonly task: PipelineTask;
  readonly upstream: Collector;
  /** Behind the input. */
  readonly heard: Collector;
  /** Behind the output. */
  readonly said: Collector;
  /** Milliseconds of sound that the listener has heard so far. */
  loudMs(): number;
  /** How far that may be off: a jitter buffer stretches and cuts what it plays, the more the busier the machine is. */
  readonly toleranceMs: number;
  /** The user speaks for so long. */
  userSpeaks(durationMs: number): void;
  /** A user leaves the room, and one comes: listeners of the transport are called. */
  userComesBack(): Promise<void>;
  /** Adds a listener that throws to every event of users coming and going; tells how often it has. */
  addThrowingListener(): () => number;
  /** How often the session behind the transport has been ended. */
  endings(): number;
  /** Waits, on the stage's own time. */
  until(what: string, condition: () => boolean): Promise<void>;
  passes(ms: number): Promise<void>;
  /** The task's result, on the stage's own time. */
  finish(): Promise<PipelineTaskResult>;
  close(): Promise<void>;
}

interface UserEvents {
  on(event: "clientConnected" | "clientDisconnected", listener: () => never): unknown;
}

/** For {@link ContractStage.addThrowingListener}. */
export function addThrowingListener(transport: UserEvents): () => number {
  let thrown = 0;
  const listener = (): never => {
    thrown++;
    throw new Error("a listener's mistake");
  };
  transport.on("clientConnected", listener);
  transport.on("clientDisconnected", listener);
  return () => thrown;
}

/** What every transport must do, whatever carries its audio. */
export function describeTransport(name: string, open: () => Promise<ContractStage>): void {
  async function onStage(test: (stage: ContractStage) => Promise<void>): Promise<void> {
    const stage = await open();
    try {
      await test(stage);
    } finally {
      await stage.close();
    }
  }
  const say = (stage: ContractStage, durationMs: number, ...more: Frame[]): void => {
    stage.task.queueFrames([...utterance(440, durationMs), ...more]);
  };
  const stopped = (stage: ContractStage) => (): boolean => stage.said.of(BotStoppedSpeakingFrame).length > 0;

  describe(`the transport contract: ${name}`, () => {
    it("is ready once, and says what was queued before that", () =>
      onStage(async (stage) => {
        say(stage, 300);
        await stage.until("it has been said", stopped(stage));
        expect(stage.upstream.of(OutputTransportReadyFrame)).toHaveLength(1);
        expect(Math.abs(stage.loudMs() - 300)).toBeLessThanOrEqual(stage.toleranceMs);
      }));

    it("keeps frames in the order of the audio around them", () =>
      onStage(async (stage) => {
        say(stage, 300, new TextFrame("after the words"));
        await stage.until("the text is through", () => stage.said.of(TextFrame).length === 1);
        expect(stage.loudMs()).toBeGreaterThanOrEqual(300 - stage.toleranceMs);
        await stage.until("the bot has stopped", stopped(stage));
        const kinds = stage.said.kinds().filter((kind) => /^(Bot(Started|Stopped)|Text)/.test(kind));
        expect(kinds[0]).toBe("BotStartedSpeakingFrame");
        expect(stage.said.of(BotStartedSpeakingFrame)).toHaveLength(1);
        expect(stage.said.of(BotStoppedSpeakingFrame)).toHaveLength(1);
      }));

    it("is silent after an interruption, drops the rest, and then says what is new", () =>
      onStage(async (stage) => {
        say(stage, 5000, new TextFrame("never said"));
        await stage.until("it is heard", () => stage.loudMs() > 200);
        stage.task.queueFrame(new InterruptionFrame());
        await stage.until("the bot has stopped", stopped(stage));
        // What was on the way is heard out.
        await stage.passes(200);
        const before = stage.loudMs();
        await stage.passes(300);
        expect(stage.loudMs()).toBe(before);
        expect(stage.said.of(TextFrame)).toEqual([]);
        expect(stage.said.of(InterruptionFrame)).toHaveLength(1);
        say(stage, 300);
        await stage.until("the new words are heard", () => stage.loudMs() >= before + 300 - stage.toleranceMs);
      }));

    it("lets everything be heard before an end goes on, and tears down once", () =>
      onStage(async (stage) => {
        say(stage, 600);
        stage.task.end("done");
        await expect(stage.finish()).resolves.toMatchObject({ outcome: "ended", reason: "done" });
        expect(Math.abs(stage.loudMs() - 600)).toBeLessThanOrEqual(stage.toleranceMs);
        stage.task.end();
        stage.task.cancel();
        await stage.finish();
        expect(stage.endings()).toBe(1);
      }));

    it("lets go at once when it is cancelled, and tears down once", () =>
      onStage(async (stage) => {
        say(stage, 8000);
        await stage.until("it is heard", () => stage.loudMs() > 100);
        stage.task.cancel();
        await expect(stage.finish()).resolves.toMatchObject({ outcome: "cancelled" });
        expect(stage.loudMs()).toBeLessThan(4000);
        expect(stage.endings()).toBe(1);
      }));

    it("goes on when a listener throws", () =>
      onStage(async (stage) => {
        const thrown = stage.addThrowingListener();
        await stage.userComesBack();
        await stage.until("the listener has thrown", () => thrown() > 0);
        stage.userSpeaks(600);
        await stage.until("the user is heard", () => stage.heard.of(UserAudioRawFrame).length > 10);
        say(stage, 200);
        await stage.until("the bot is heard", stopped(stage));
        stage.task.end();
        await expect(stage.finish()).resolves.toMatchObject({ outcome: "ended" });
        expect(stage.endings()).toBe(1);
      }));
  });
}
