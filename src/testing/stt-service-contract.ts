import assert from "node:assert/strict";

import {
  ErrorFrame,
  type Frame,
  InterruptionFrame,
  STTMuteFrame,
  TranscriptionFrame,
  UserAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../frames/index.ts";
import { type FrameProcessor, ServiceError } from "../pipeline/index.ts";
import { systemClock } from "../util/clock.ts";
import { RunningService } from "./running-service.ts";
import { testTone } from "./test-tone.ts";
import type { VendorFaults } from "./vendors/vendor-faults.ts";

/** A speech-to-text service that is not running yet, with a local server that stands in for its vendor. */
export interface STTServiceStage {
  /** The service, new. */
  readonly service: FrameProcessor;
  /** The vendor's faults. */
  readonly faults: VendorFaults;
  /** The key, which no error may contain. */
  readonly apiKey: string;
  /** Number of requests and connections that the vendor has open. */
  openCount(): number;
  /** Number of requests and connections that the vendor has received. */
  requestCount(): number;
  /** Number of bytes of audio, or of bodies with audio, that the vendor has received. */
  receivedBytes(): number;
  /** Stops the vendor. */
  close(): Promise<void>;
}

/** A kind of speech-to-text service, for {@link sttServiceContract}. */
export interface STTServiceUnderTest {
  /**
   * Starts a vendor and makes a service for it. Called at least once per case. The vendor understands each utterance as
   * the next of `transcripts`. Waits of the service for its vendor should be 1 s or less.
   */
  open(transcripts: (index: number) => string): Promise<STTServiceStage>;
  /** Whether the service streams over a connection, or sends a request for each utterance. */
  readonly wire: "connection" | "requests";
}

/** One behaviour that every speech-to-text service must have. */
export interface STTServiceContractCase {
  /** The behaviour, as the title of a test. */
  readonly name: string;
  /** Checks the behaviour. Rejects with an AssertionError when it does not hold. */
  run(): Promise<void>;
}

type Open = () => Promise<Run>;

const RATE = 16_000;
const TURNS = 1000;
/** Half of an utterance: the pause behind the first may be sent after it was counted. */
const SLACK_BYTES = 10_240;
const TONE = toFrames(testTone(300, RATE, 240));
const QUIET = toFrames(new Int16Array((200 * RATE) / 1000));

/** Number of audio frames in an utterance. */
const FRAMES = TONE.length + 2 * QUIET.length;

/** Frames of 40 ms. */
function toFrames(audio: Int16Array): readonly Int16Array[] {
  return Array.from({ length: audio.length / 640 }, (_, at) => audio.subarray(at * 640, (at + 1) * 640));
}

const hear = (parts: readonly Int16Array[]): Frame[] =>
  parts.map((audio) => new UserAudioRawFrame({ audio, sampleRate: RATE, userId: "ann" }));

/** An utterance: 240 ms of sound, its end as a VAD reports it, and a pause. */
const utterance = (): Frame[] => [
  new VADUserStartedSpeakingFrame(),
  ...hear(TONE),
  ...hear(QUIET),
  new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }),
  ...hear(QUIET),
];

const toText = (index: number): string => `Sentence number ${index}.`;

/** A service that runs, and what it has understood. */
class Run implements AsyncDisposable {
  readonly stage: STTServiceStage;
  readonly task: RunningService;

  constructor(stage: STTServiceStage) {
    this.stage = stage;
    this.task = new RunningService([stage.service]);
  }

  get finals(): readonly TranscriptionFrame[] {
    return this.task.down.of(TranscriptionFrame);
  }

  get texts(): readonly string[] {
    return this.finals.map(({ text }) => text);
  }

  get errors(): readonly Error[] {
    return this.task.up.of(ErrorFrame).map(({ error }) => error);
  }

  /** Sends an utterance and waits until it has been understood. */
  async say(): Promise<void> {
    const before = this.finals.length;
    this.task.send(utterance());
    await this.task.until("the utterance is understood", () => this.finals.length > before);
  }

  async expectError(category: string): Promise<void> {
    await this.task.until(`an error of category ${category}`, () => this.errors.length > 0);
    const [error] = this.errors;
    assert.ok(error instanceof ServiceError, `It is no ServiceError: ${error?.name}: ${error?.message}`);
    assert.equal(error.category, category);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.task[Symbol.asyncDispose]();
    await this.stage.close();
    for (const { message } of this.errors)
      assert.ok(!message.includes(this.stage.apiKey), "An error contains the key.");
  }
}

const expected = (count: number): string[] => Array.from({ length: count }, (_, index) => toText(index));

const checks: Readonly<Record<string, (open: Open, wire: STTServiceUnderTest["wire"]) => Promise<void>>> = {
  "understands every utterance once, in order, with its speaker, from the first word on": async (open) => {
    await using run = await open();
    for (let turn = 0; turn < 3; turn++) await run.say();
    assert.deepEqual(run.texts, expected(3));
    for (const frame of run.finals) {
      assert.equal(frame.userId, "ann");
      assert.ok(frame.finalized, "Turns wait longer for a transcript that is not finalized.");
    }
    assert.deepEqual(run.errors, []);
  },

  "forwards the audio while it listens": async (open) => {
    await using run = await open();
    await run.say();
    await run.task.until("all audio is forwarded", () => run.task.down.of(UserAudioRawFrame).length === FRAMES);
  },

  "an interruption at any moment takes no word away": async (open) => {
    await using run = await open();
    const moments = [0, 1, 4, 7, 10, 12, 13];
    for (const [turn, moment] of moments.entries()) {
      const frames = utterance();
      frames.splice(moment, 0, new InterruptionFrame());
      run.task.send(frames);
      await run.task.until(`utterance ${turn} is understood`, () => run.finals.length === turn + 1);
    }
    assert.deepEqual(run.texts, expected(moments.length));
    assert.deepEqual(run.errors, []);
  },

  "a connection that breaks at any moment costs an utterance and an error at most": async (open) => {
    const moments = Array.from({ length: 6 }, (_, afterMessages) => afterMessages);
    await Promise.all(
      moments.map(async (afterMessages) => {
        await using run = await open();
        run.stage.faults.next({ type: "disconnect", afterMessages });
        const said = await sayUntilUnderstood(run, 2);
        assert.ok(run.errors.length <= said, `${run.errors.length} errors.`);
        for (const error of run.errors)
          assert.ok(error instanceof ServiceError && error.retryable, `Not retryable: ${error.message}`);
      }),
    );
  },

  "a vendor that falls silent delays neither the audio nor the end by more than its deadline": async (open) => {
    await using run = await open();
    run.stage.faults.always({ type: "stall", afterMessages: 0 });
    run.task.send(utterance());
    await run.task.until("all audio is forwarded", () => run.task.down.of(UserAudioRawFrame).length === FRAMES);
    assert.equal((await run.task.end()).outcome, "ended");
    await run.task.until("the wire is closed", () => run.stage.openCount() === 0);
  },

  "a message that is no sense costs an utterance and an error at most": async (open) => {
    await using run = await open();
    run.stage.faults.next({ type: "garble", atMessage: 0, text: '{"]' });
    await sayUntilUnderstood(run, 2);
    assert.ok(run.errors.length <= 1, `${run.errors.length} errors.`);
  },

  "a wrong key is one authentication error, and no further request": async (open) => {
    await using run = await open();
    run.stage.faults.always({ type: "refuse", status: 401, body: { error: "no" } });
    run.task.send(utterance());
    await run.expectError("authentication");
    const requests = run.stage.requestCount();
    run.task.send(utterance());
    await run.task.until("all audio is forwarded", () => run.task.down.of(UserAudioRawFrame).length === 2 * FRAMES);
    assert.equal(run.stage.requestCount(), requests);
  },

  "limits and failures of the vendor are errors that name their category": async (open) => {
    const statuses = [
      [400, "invalidRequest"],
      [403, "authorization"],
      [429, "rateLimit"],
      [503, "server"],
    ] as const;
    await Promise.all(
      statuses.map(async ([status, category]) => {
        await using run = await open();
        run.stage.faults.next({ type: "refuse", status, body: { error: "no" } });
        run.task.send(utterance());
        await run.expectError(category);
        if (category === "rateLimit" || category === "server") await sayUntilUnderstood(run, 1);
      }),
    );
  },

  "sends nothing to its vendor while it is muted": async (open) => {
    await using run = await open();
    await run.say();
    run.task.send([new STTMuteFrame(true)]);
    const before = run.task.down.of(UserAudioRawFrame).length;
    const { stage } = run;
    const received = stage.receivedBytes();
    run.task.send(utterance());
    await run.task.until("it is forwarded", () => run.task.down.of(UserAudioRawFrame).length === before + FRAMES);
    run.task.send([new STTMuteFrame(false)]);
    await run.say();
    // Two utterances were heard and one was not: the second costs no more than the first.
    assert.ok(stage.receivedBytes() <= 2 * received + SLACK_BYTES, "Audio was sent while it was muted.");
    assert.deepEqual(run.texts, expected(2));
  },

  "an end is behind the last words, and closes the wire": async (open) => {
    await using run = await open();
    run.task.send(utterance());
    assert.equal((await run.task.end()).outcome, "ended");
    assert.deepEqual(run.texts, expected(1));
    assert.deepEqual(run.errors, []);
    await run.task.until("the wire is closed", () => run.stage.openCount() === 0);
  },

  "a cancellation in the middle of an utterance closes the wire at once": async (open) => {
    await using run = await open();
    await run.say();
    run.task.send(utterance().slice(0, 8));
    run.task.cancel();
    await run.task.until("the wire is closed", () => run.stage.openCount() === 0);
    assert.deepEqual(run.errors, []);
  },

  [`leaks nothing in ${TURNS} turns, each tenth of which is interrupted`]: async (open, wire) => {
    await using run = await open();
    let timersBefore = 0;
    for (let turn = 1; turn <= TURNS; turn++) {
      if (turn % 10 === 0) run.task.send([new InterruptionFrame()]);
      await run.say();
      assert.equal(run.texts.at(-1), toText(turn - 1));
      if (turn === 15) timersBefore = countTimers();
      if (turn % 20 === 0) run.task.down.seen.length = 0;
    }
    assert.deepEqual(run.errors, []);
    await run.task.until("requests are over", () => run.stage.openCount() <= (wire === "connection" ? 1 : 0));
    if (wire === "connection") assert.equal(run.stage.requestCount(), 1, "It connected again.");
    assert.ok(countTimers() - timersBefore < 20, `${countTimers() - timersBefore} more timers are set.`);
  },
};

/** Says utterances until so many have been understood. Each may be lost; none may be understood twice. */
async function sayUntilUnderstood(run: Run, count: number): Promise<number> {
  let said = 0;
  while (run.finals.length < count) {
    assert.ok(said < count + 3, `Understood of ${said} utterances: ${run.texts.join(" ")}`);
    const before = run.finals.length;
    run.task.send(utterance());
    said++;
    // As long as a user needs for it: what is lost is noticed and connected again meanwhile.
    await run.task.until(
      "it is understood or lost",
      deadline(() => run.finals.length > before),
    );
  }
  assert.equal(new Set(run.texts).size, run.texts.length, `Understood twice: ${run.texts.join(" ")}`);
  return said;
}

/** True when the condition holds, or after 1.5 s. */
function deadline(condition: () => boolean): () => boolean {
  const endMs = systemClock.nowMs() + 1500;
  return () => condition() || systemClock.nowMs() > endMs;
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

/**
 * The behaviours that every speech-to-text service must have, whether it streams or takes whole utterances. They run in
 * real time against a local server. Needs no test framework: register each case as a test of yours.
 *
 * @example
 * ```ts
 * for (const { name, run } of sttServiceContract({ open, wire: "connection" })) it(name, run);
 * ```
 */
export function sttServiceContract(subject: STTServiceUnderTest): readonly STTServiceContractCase[] {
  const open: Open = async () => new Run(await subject.open(toText));
  return Object.entries(checks).map(([name, check]) => ({ name, run: () => check(open, subject.wire) }));
}
