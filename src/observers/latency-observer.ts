import {
  BotStartedSpeakingFrame,
  type Frame,
  LLMTextFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TranscriptionFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../frames/index.ts";
import type { Observer, PushEvent } from "../pipeline/index.ts";
import { EventedObserver, type EventedObserverOptions } from "./evented-observer.ts";
import { FirstSight } from "./first-sight.ts";
import { type LatencyBreakdown, type LatencyStage, type LatencySummary, summarize } from "./latency-summary.ts";

export interface LatencyObserverOptions extends EventedObserverOptions {
  /** How many answers the summary covers, the latest ones. Default 1000. */
  readonly keep?: number;
}

export type LatencyObserverEvents = {
  /** The bot is heard: this is how long the user has waited, and for what. */
  latency: [breakdown: LatencyBreakdown];
};

/** Between the end of the user's speech and the moment the bot is heard. */
interface Pending {
  readonly userStoppedAtMs: number;
  /** Frames of the answer are newer than this id; what is older belongs to an earlier one. */
  sinceId: number;
  /** Turn logic has called the turn over. */
  turnOver: boolean;
  /** When each stage ended. */
  readonly endedAtMs: Map<LatencyStage, number>;
  /** When the answer's audio first reached each processor; which of them is the output is known when it speaks. */
  readonly audioReachedAtMs: Map<string, number>;
}

/** The frames that mark a stage, for telling their first appearance; far more than are ever under way at once. */
const FRAMES_REMEMBERED = 256;

/**
 * Measures how long the user waits for an answer: from the last word (the VAD's stop less its `stopDelayMs`; without a VAD
 * from the end of the turn) until the bot is heard, stage by stage. An opening line of the bot is no answer.
 */
export class LatencyObserver extends EventedObserver<LatencyObserverEvents> implements Observer {
  readonly #keep: number;
  readonly #firstSight = new FirstSight(FRAMES_REMEMBERED);
  readonly #answers: LatencyBreakdown[] = [];
  #pending: Pending | undefined;
  #answered = 0;
  #unanswered = 0;

  constructor(options: LatencyObserverOptions = {}) {
    super(options);
    this.#keep = options.keep ?? 1000;
  }

  /** Median and 95th percentile over the latest answers, in all and by stage. */
  summary(): LatencySummary {
    return summarize(this.#answers, this.#unanswered);
  }

  onPush(event: PushEvent): void {
    const { frame, timeMs } = event;
    if (frame instanceof TTSAudioRawFrame || frame instanceof SpeechOutputAudioRawFrame) this.#audio(frame, event);
    else if (isMark(frame) && this.#firstSight.isFirst(frame)) this.#mark(frame, event.source, timeMs);
  }

  #mark(frame: Mark, source: string, timeMs: number): void {
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#abandon();
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#abandon();
      this.#pending = pendingSince(timeMs - frame.stopDelayMs, frame.id);
      this.#ended("vad", timeMs);
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#turnOver(frame, timeMs);
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#heard(source, timeMs);
    } else if (frame instanceof TranscriptionFrame) {
      // A correction replaces the one before; what comes once the model has begun is not part of this answer.
      if (this.#pending?.endedAtMs.has("llm") === false) this.#ended("transcript", timeMs);
    } else if (this.#isAnswer(frame) && frame.text.trim() !== "") {
      this.#endedFirst("llm", timeMs);
    }
  }

  #turnOver(frame: UserStoppedSpeakingFrame, timeMs: number): void {
    if (this.#pending?.turnOver === true) return;
    this.#pending ??= pendingSince(timeMs, frame.id);
    this.#pending.turnOver = true;
    this.#ended("turn", timeMs);
  }

  #audio(frame: Frame, { destination, direction, timeMs }: PushEvent): void {
    if (this.#pending === undefined || direction === "upstream" || !this.#isAnswer(frame)) return;
    this.#endedFirst("tts", timeMs);
    const { audioReachedAtMs } = this.#pending;
    if (!audioReachedAtMs.has(destination)) audioReachedAtMs.set(destination, timeMs);
  }

  #heard(output: string, timeMs: number): void {
    const pending = this.#pending;
    // Without audio of an answer, the bot says something older.
    if (pending?.endedAtMs.has("tts") !== true) return;
    this.#pending = undefined;
    const reachedMs = pending.audioReachedAtMs.get(output);
    if (reachedMs !== undefined) pending.endedAtMs.set("output", reachedMs);
    pending.endedAtMs.set("playout", timeMs);
    this.#answered++;
    const breakdown = toBreakdown(this.#answered, pending, timeMs);
    this.#answers.push(breakdown);
    if (this.#answers.length > this.#keep) this.#answers.shift();
    this.emit("latency", breakdown);
  }

  #abandon(): void {
    // Before the turn was over, it was only a pause in it.
    if (this.#pending?.turnOver === true) this.#unanswered++;
    this.#pending = undefined;
  }

  #isAnswer(frame: Frame): boolean {
    return this.#pending !== undefined && frame.id > this.#pending.sinceId;
  }

  #ended(stage: LatencyStage, timeMs: number): void {
    this.#pending?.endedAtMs.set(stage, timeMs);
  }

  #endedFirst(stage: LatencyStage, timeMs: number): void {
    if (this.#pending?.endedAtMs.has(stage) === false) this.#ended(stage, timeMs);
  }
}

type Mark =
  | VADUserStartedSpeakingFrame
  | VADUserStoppedSpeakingFrame
  | UserStoppedSpeakingFrame
  | BotStartedSpeakingFrame
  | TranscriptionFrame
  | LLMTextFrame;

function isMark(frame: Frame): frame is Mark {
  return (
    frame instanceof VADUserStartedSpeakingFrame ||
    frame instanceof VADUserStoppedSpeakingFrame ||
    frame instanceof UserStoppedSpeakingFrame ||
    frame instanceof BotStartedSpeakingFrame ||
    frame instanceof TranscriptionFrame ||
    frame instanceof LLMTextFrame
  );
}

function pendingSince(userStoppedAtMs: number, sinceId: number): Pending {
  return { userStoppedAtMs, sinceId, turnOver: false, endedAtMs: new Map(), audioReachedAtMs: new Map() };
}

function toBreakdown(answer: number, pending: Pending, heardAtMs: number): LatencyBreakdown {
  const { userStoppedAtMs } = pending;
  const stages: Partial<Record<LatencyStage, number>> = {};
  let untilMs = userStoppedAtMs;
  // A transcript may come before the turn is called over or after it: in the order in which things happened.
  for (const [stage, endedAtMs] of [...pending.endedAtMs].sort(([, a], [, b]) => a - b)) {
    stages[stage] = endedAtMs - untilMs;
    untilMs = endedAtMs;
  }
  return { answer, userStoppedAtMs, totalMs: heardAtMs - userStoppedAtMs, stages };
}
