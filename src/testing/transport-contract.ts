import assert from "node:assert/strict";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  InterruptionFrame,
  OutputTransportReadyFrame,
  TextFrame,
  UserAudioRawFrame,
} from "../frames/index.ts";
import type { PipelineTask, PipelineTaskResult } from "../pipeline/index.ts";
import type { FrameCollector } from "./frame-collector.ts";
import { testUtterance } from "./test-utterance.ts";

/**
 * A transport in a running task, with a listener who hears the bot and a user who speaks to it. The pipeline is
 * `[upstream, transport.input(), heard, transport.output(), said]`. {@link openVirtualTransportStage} builds one on
 * virtual time; write your own for a transport that needs real time.
 */
export interface TransportStage {
  /** The running task. */
  readonly task: PipelineTask;
  /** Collects upstream frames in front of the input. */
  readonly upstream: FrameCollector;
  /** Collects downstream frames between input and output. */
  readonly heard: FrameCollector;
  /** Collects downstream frames behind the output. */
  readonly said: FrameCollector;
  /** Milliseconds of audible sound that the listener has heard so far. */
  loudMs(): number;
  /** By how many milliseconds `loudMs` may be off: a jitter buffer stretches and cuts what it plays. */
  readonly toleranceMs: number;
  /** The user speaks for this long. */
  userSpeaks(durationMs: number): void;
  /** A user leaves and one joins, so that the transport's listeners are called. */
  userComesBack(): Promise<void>;
  /** Adds a listener that throws to the transport's events for users. Returns how often it has thrown. */
  addThrowingListener(): () => number;
  /** How often the session behind the transport has been torn down. */
  endings(): number;
  /** Waits for the condition, on the stage's own time. Rejects with `what` when it never holds. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Lets time pass, on the stage's own time. */
  passes(ms: number): Promise<void>;
  /** The task's result, on the stage's own time. */
  finish(): Promise<PipelineTaskResult>;
  /** Tears everything down, whatever state it is in. */
  close(): Promise<void>;
}

/** One behaviour that every transport must have. */
export interface TransportContractCase {
  /** The behaviour, as the title of a test. */
  readonly name: string;
  /** Opens a stage, checks the behaviour and closes the stage. Rejects with an AssertionError when it does not hold. */
  run(): Promise<void>;
}

type Check = (stage: TransportStage) => Promise<void>;

const say = (stage: TransportStage, durationMs: number, ...more: Frame[]): void => {
  stage.task.queueFrames([...testUtterance(440, durationMs), ...more]);
};

const hasStopped = (stage: TransportStage) => (): boolean => stage.said.of(BotStoppedSpeakingFrame).length > 0;

function assertLoudFor(stage: TransportStage, durationMs: number): void {
  const loudMs = stage.loudMs();
  const isClose = Math.abs(loudMs - durationMs) <= stage.toleranceMs;
  assert.ok(isClose, `${loudMs} ms were heard, not ${durationMs} ± ${stage.toleranceMs} ms.`);
}

const checks: Readonly<Record<string, Check>> = {
  "is ready once, and says what was queued before that": async (stage) => {
    say(stage, 300);
    await stage.until("it has been said", hasStopped(stage));
    assert.equal(stage.upstream.of(OutputTransportReadyFrame).length, 1);
    assertLoudFor(stage, 300);
  },

  "keeps frames in the order of the audio around them": async (stage) => {
    say(stage, 300, new TextFrame("after the words"));
    await stage.until("the text is through", () => stage.said.of(TextFrame).length === 1);
    assert.ok(stage.loudMs() >= 300 - stage.toleranceMs, "The text overtook the audio before it.");
    await stage.until("the bot has stopped", hasStopped(stage));
    const kinds = stage.said.kinds().filter((kind) => /^(Bot(Started|Stopped)|Text)/.test(kind));
    assert.equal(kinds[0], "BotStartedSpeakingFrame");
    assert.equal(stage.said.of(BotStartedSpeakingFrame).length, 1);
    assert.equal(stage.said.of(BotStoppedSpeakingFrame).length, 1);
  },

  "is silent after an interruption, drops the rest, and then says what is new": async (stage) => {
    say(stage, 5000, new TextFrame("never said"));
    await stage.until("it is heard", () => stage.loudMs() > 200);
    stage.task.queueFrame(new InterruptionFrame());
    await stage.until("the bot has stopped", hasStopped(stage));
    // Audio already on its way to the listener may still be heard.
    await stage.passes(200);
    const before = stage.loudMs();
    await stage.passes(300);
    assert.equal(stage.loudMs(), before, "Old audio was heard after the interruption.");
    assert.deepEqual(stage.said.of(TextFrame), []);
    assert.equal(stage.said.of(InterruptionFrame).length, 1);
    say(stage, 300);
    await stage.until("the new words are heard", () => stage.loudMs() >= before + 300 - stage.toleranceMs);
  },

  "lets everything be heard before an end passes, and tears down once": async (stage) => {
    say(stage, 600);
    stage.task.end("done");
    const { outcome, reason } = await stage.finish();
    assert.deepEqual({ outcome, reason }, { outcome: "ended", reason: "done" });
    assertLoudFor(stage, 600);
    stage.task.end();
    stage.task.cancel();
    await stage.finish();
    assert.equal(stage.endings(), 1);
  },

  "stops at once when it is cancelled, and tears down once": async (stage) => {
    say(stage, 8000);
    await stage.until("it is heard", () => stage.loudMs() > 100);
    stage.task.cancel();
    assert.equal((await stage.finish()).outcome, "cancelled");
    assert.ok(stage.loudMs() < 4000, "A cancelled bot spoke on.");
    assert.equal(stage.endings(), 1);
  },

  "continues when a listener throws": async (stage) => {
    const thrown = stage.addThrowingListener();
    await stage.userComesBack();
    await stage.until("the listener has thrown", () => thrown() > 0);
    stage.userSpeaks(600);
    await stage.until("the user is heard", () => stage.heard.of(UserAudioRawFrame).length > 10);
    say(stage, 200);
    await stage.until("the bot is heard", hasStopped(stage));
    stage.task.end();
    assert.equal((await stage.finish()).outcome, "ended");
    assert.equal(stage.endings(), 1);
  },
};

/**
 * The behaviours that every transport must have, whatever carries its audio. Needs no test framework: register each case
 * as a test of yours.
 *
 * @param open - Opens a stage with a new transport; called once per case.
 * @example
 * ```ts
 * for (const { name, run } of transportContract(open)) it(name, run);
 * ```
 */
export function transportContract(open: () => Promise<TransportStage>): readonly TransportContractCase[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const stage = await open();
      try {
        await check(stage);
      } finally {
        await stage.close();
      }
    },
  }));
}
