import assert from "node:assert/strict";

import {
  ErrorFrame,
  type Frame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../frames/index.ts";
import { type FrameProcessor, ServiceError } from "../pipeline/index.ts";
import { systemClock } from "../util/clock.ts";
import { RunningService } from "./running-service.ts";
import type { VendorFaults } from "./vendors/vendor-faults.ts";

/** A text-to-speech service that is not running yet, with a local server that stands in for its vendor. */
export interface TTSServiceStage {
  /** The service, new. */
  readonly service: FrameProcessor;
  /** The vendor's faults. */
  readonly faults: VendorFaults;
  /** Number of requests and connections that the vendor has open. */
  openCount(): number;
  /** Number of utterances that the vendor was told to stop, or whose request was closed, before their end. */
  stoppedCount(): number;
  /** Number of requests and connections that the vendor has received. */
  requestCount(): number;
  /** Stops the vendor. */
  close(): Promise<void>;
}

/** What a case of {@link ttsServiceContract} needs of a stage. */
export interface TTSServiceStageOptions {
  /** The vendor sends a piece of audio of 200 ms or less every 5 ms, so that an interruption finds it in the middle. */
  readonly paced: boolean;
  /** What the service is given as `audioTimeoutMs`; undefined: its default. */
  readonly audioTimeoutMs: number | undefined;
}

/** A kind of text-to-speech service, for {@link ttsServiceContract}. */
export interface TTSServiceUnderTest {
  /** Starts a vendor and makes a service for it. Called at least once per case. */
  open(options: TTSServiceStageOptions): Promise<TTSServiceStage>;
  /** Whether the service keeps one connection for several texts, or sends a request for each. */
  readonly wire: "connection" | "requests";
}

/** One behaviour that every text-to-speech service must have. */
export interface TTSServiceContractCase {
  /** The behaviour, as the title of a test. */
  readonly name: string;
  /** Checks the behaviour. Rejects with an AssertionError when it does not hold. */
  run(): Promise<void>;
}

type Open = (options?: Partial<TTSServiceStageOptions>) => Promise<Run>;

const LONG = "The quick brown fox jumps over the lazy dog. Then it sleeps, until a new day begins.";
const SHORT = "Yes.";
const TURNS = 1000;
/** An interruption must reach the vendor within 50 ms; this leaves room for a busy machine. */
const STOP_WITHIN_MS = 500;
/** A sample that is read with its halves swapped, or from two samples, jumps further than any tone. */
const MAX_STEP = 8000;

const answer = (text: string): Frame[] => [
  new LLMFullResponseStartFrame(),
  new LLMTextFrame(text),
  new LLMFullResponseEndFrame(),
];

/** A service that runs, and what it has said. */
class Run implements AsyncDisposable {
  readonly stage: TTSServiceStage;
  readonly task: RunningService;

  constructor(stage: TTSServiceStage) {
    this.stage = stage;
    this.task = new RunningService([stage.service]);
  }

  frames(): readonly Frame[] {
    return this.task.down.seen.map(({ frame }) => frame);
  }

  audio(): readonly TTSAudioRawFrame[] {
    return this.task.down.of(TTSAudioRawFrame);
  }

  errors(): readonly Error[] {
    return this.task.up.of(ErrorFrame).map(({ error }) => error);
  }

  /** Sends an answer and waits until it has been said. Returns the frames of it. */
  async say(text: string): Promise<readonly Frame[]> {
    const before = this.frames().length;
    const [end] = answer("").slice(-1);
    assert.ok(end);
    this.task.send([...answer(text).slice(0, -1), end]);
    await this.task.until(`"${text}" has been said`, () => this.frames().includes(end));
    return this.frames().slice(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.task[Symbol.asyncDispose]();
    await this.stage.close();
  }
}

function of<F extends Frame>(frames: readonly Frame[], type: abstract new (...args: never[]) => F): F[] {
  return frames.filter((frame): frame is F => frame instanceof type);
}

function joinWords(frames: readonly Frame[]): string {
  const words = of(frames, TTSTextFrame).map(({ text, includesInterFrameSpaces }) =>
    includesInterFrameSpaces ? text : ` ${text}`,
  );
  return words.join("").trim();
}

function sumAudioMs(frames: readonly Frame[]): number {
  return of(frames, TTSAudioRawFrame).reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** Asserts that the frames are those of an answer that was said to its end. */
function assertSaid(frames: readonly Frame[], text: string): void {
  assert.equal(joinWords(frames), text);
  assert.equal(of(frames, TTSStartedFrame).length, 1, "It did not start exactly once.");
  assert.equal(of(frames, TTSStoppedFrame).length, 1, "It did not stop exactly once.");
  const audioMs = sumAudioMs(frames);
  assert.ok(audioMs > 0, "There was no audio.");
  let latestMs = 0;
  for (const { text: word, audioOffsetMs } of of(frames, TTSTextFrame)) {
    if (audioOffsetMs === undefined) continue;
    assert.ok(audioOffsetMs >= latestMs - 1, `"${word}" is placed before the word in front of it.`);
    assert.ok(audioOffsetMs <= audioMs + 1, `"${word}" is placed behind the audio.`);
    latestMs = audioOffsetMs;
  }
}

/** Audio that arrived for an utterance behind the interruption that ended it. */
function findLateAudio(frames: readonly Frame[]): readonly TTSAudioRawFrame[] {
  const over = new Set<string | undefined>();
  const late: TTSAudioRawFrame[] = [];
  let current: string | undefined;
  for (const frame of frames) {
    if (frame instanceof TTSStartedFrame) current = frame.contextId;
    else if (frame instanceof InterruptionFrame) over.add(current);
    else if (frame instanceof TTSAudioRawFrame && over.has(frame.contextId)) late.push(frame);
  }
  return late;
}

async function assertServiceError(run: Run, category: string): Promise<void> {
  await run.task.until(`an error of category ${category}`, () => run.errors().length > 0);
  const [error] = run.errors();
  assert.ok(error instanceof ServiceError, `It is no ServiceError: ${error?.name}: ${error?.message}`);
  assert.equal(error.category, category);
}

const checks: Readonly<Record<string, (open: Open, wire: TTSServiceUnderTest["wire"]) => Promise<void>>> = {
  "says an answer in order: announced, started, audio, words in their places, stopped, end": async (open) => {
    await using run = await open();
    const frames = await run.say(LONG);
    assertSaid(frames, LONG);
    const kinds = frames.map(({ kind }) => kind);
    const order = ["LLMFullResponseStartFrame", "AggregatedTextFrame", "TTSStartedFrame", "TTSAudioRawFrame"];
    const places = [...order, "TTSTextFrame", "TTSStoppedFrame", "LLMFullResponseEndFrame"].map((k) =>
      kinds.indexOf(k),
    );
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.deepEqual(run.errors(), []);
  },

  "keeps every sample whole, however the vendor cuts its audio": async (open) => {
    await using run = await open();
    let last: number | undefined;
    for (const { audio } of of(await run.say(LONG), TTSAudioRawFrame)) {
      for (const sample of audio) {
        const step = Math.abs(sample - (last ?? sample));
        assert.ok(step < MAX_STEP, `The audio jumps by ${step}.`);
        last = sample;
      }
    }
  },

  "an interruption at any moment ends the audio, is passed to the vendor, and leaves the next answer whole": async (
    open,
  ) => {
    await using run = await open({ paced: true });
    const wholeMs = sumAudioMs(await run.say(SHORT));
    for (let pieces = 0; pieces <= 8; pieces++) {
      const before = run.audio().length;
      const stopped = run.stage.stoppedCount();
      run.task.send(answer(LONG));
      await run.task.until(`piece ${pieces} is heard`, () => run.audio().length >= before + pieces);
      const sentAtMs = systemClock.nowMs();
      run.task.send([new InterruptionFrame()]);
      if (pieces > 0) {
        await run.task.until("the vendor knows", () => run.stage.stoppedCount() > stopped);
        const tookMs = systemClock.nowMs() - sentAtMs;
        assert.ok(tookMs < STOP_WITHIN_MS, `The vendor heard of the interruption after ${Math.round(tookMs)} ms.`);
      }
      const next = await run.say(SHORT);
      assert.equal(joinWords(next.slice(next.findLastIndex((frame) => frame instanceof InterruptionFrame) + 1)), SHORT);
      const nextMs = sumAudioMs(next.slice(next.findLastIndex((frame) => frame instanceof TTSStartedFrame)));
      assert.ok(Math.abs(nextMs - wholeMs) < 1, `The answer after an interruption has ${nextMs} ms, not ${wholeMs}.`);
    }
    assert.deepEqual(findLateAudio(run.frames()), []);
    assert.deepEqual(run.errors(), []);
  },

  "a connection that breaks at any moment costs at most an error, and the next answer is whole": async (open) => {
    const moments = Array.from({ length: 10 }, (_, afterMessages) => afterMessages);
    await Promise.all(
      moments.map(async (afterMessages) => {
        await using run = await open({ audioTimeoutMs: 8000 });
        run.stage.faults.next({ type: "disconnect", afterMessages });
        const frames = await run.say(LONG);
        const words = joinWords(frames);
        const [error] = run.errors();
        if (error) assert.ok(error instanceof ServiceError && error.retryable, `Not retryable: ${error.message}`);
        else assertSaid(frames, LONG);
        // What was not spoken does not count as said.
        const isPart = LONG.split(/(?<=\.) /).some((sentence) => words.endsWith(sentence)) || LONG.startsWith(words);
        assert.ok(isPart, `Counted as said: ${words}`);
        assertSaid(await run.say(SHORT), SHORT);
      }),
    );
  },

  "a vendor that falls silent hits the deadline, and the next answer is whole": async (open) => {
    await using run = await open({ audioTimeoutMs: 500 });
    run.stage.faults.next({ type: "stall", afterMessages: 2 });
    await run.say("One sentence that is long enough for several pieces of audio, however large they are.");
    assert.equal(run.errors().length, 1);
    assert.match(String(run.errors()[0]?.message), /took longer than 500 ms/);
    assertSaid(await run.say(SHORT), SHORT);
  },

  "a message that is no sense costs at most an error, and the next answer is whole": async (open) => {
    await using run = await open({ audioTimeoutMs: 2000 });
    run.stage.faults.next({ type: "garble", atMessage: 1, text: '{"]' });
    await run.say(LONG);
    assertSaid(await run.say(SHORT), SHORT);
  },

  "a wrong key is one authentication error, and no further request": async (open) => {
    await using run = await open();
    run.stage.faults.always({ type: "refuse", status: 401, body: { error: "no" } });
    await run.say(SHORT);
    await assertServiceError(run, "authentication");
    const requests = run.stage.requestCount();
    await run.say(LONG);
    assert.equal(run.stage.requestCount(), requests);
  },

  "limits and failures of the vendor are errors that name their category": async (open) => {
    const statuses = [
      [403, "authorization"],
      [429, "rateLimit"],
      [503, "server"],
    ] as const;
    await Promise.all(
      statuses.map(async ([status, category]) => {
        await using run = await open({ audioTimeoutMs: 8000 });
        run.stage.faults.always({ type: "refuse", status, body: { error: "no" } });
        await run.say(SHORT);
        await assertServiceError(run, category);
      }),
    );
  },

  "an end is behind the last word, and closes the wire": async (open) => {
    await using run = await open({ paced: true });
    run.task.send(answer(LONG));
    assert.equal((await run.task.end()).outcome, "ended");
    assertSaid(run.frames(), LONG);
    await run.task.until("the wire is closed", () => run.stage.openCount() === 0);
  },

  "a cancellation in the middle of a sentence closes the wire at once": async (open) => {
    await using run = await open({ paced: true });
    run.task.send(answer(LONG));
    await run.task.until("it is heard", () => run.audio().length > 0);
    run.task.cancel();
    await run.task.until("the wire is closed", () => run.stage.openCount() === 0);
    assert.deepEqual(run.errors(), []);
  },

  [`leaks nothing in ${TURNS} turns, each tenth of which is interrupted`]: async (open, wire) => {
    await using run = await open();
    let timersBefore = 0;
    for (let turn = 1; turn <= TURNS; turn++) {
      if (turn % 10 === 0) run.task.send([...answer(SHORT), new InterruptionFrame()]);
      else await run.say(SHORT);
      if (turn === 15) timersBefore = countTimers();
      if (turn % 100 === 0) run.task.down.seen.length = 0;
    }
    assertSaid(await run.say(SHORT), SHORT);
    assert.deepEqual(run.errors(), []);
    await run.task.until("requests are over", () => run.stage.openCount() <= (wire === "connection" ? 1 : 0));
    if (wire === "connection") assert.ok(run.stage.requestCount() < 10, "It connected again and again.");
    assert.ok(countTimers() - timersBefore < 20, `${countTimers() - timersBefore} more timers are set.`);
  },
};

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

/**
 * The behaviours that every text-to-speech service must have, whatever its wire. They run in real time against a local
 * server. Needs no test framework: register each case as a test of yours.
 *
 * @example
 * ```ts
 * for (const { name, run } of ttsServiceContract({ open, wire: "requests" })) it(name, run);
 * ```
 */
export function ttsServiceContract(subject: TTSServiceUnderTest): readonly TTSServiceContractCase[] {
  const open: Open = async ({ paced = false, audioTimeoutMs } = {}) =>
    new Run(await subject.open({ paced, audioTimeoutMs }));
  return Object.entries(checks).map(([name, check]) => ({ name, run: () => check(open, subject.wire) }));
}
