import {
  AggregatedTextFrame,
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

/** Options of a {@link LatencyObserver}. */
export interface LatencyObserverOptions extends EventedObserverOptions {
  /** How many answers the summary covers; older ones are dropped. Default 1000. */
  readonly keep?: number;
}

/** Events of a {@link LatencyObserver}. */
export type LatencyObserverEvents = {
  /** The bot is heard. The breakdown says how long the user waited, and for which stages. */
  latency: [breakdown: LatencyBreakdown];
};

/** State between the end of the user's speech and the moment the bot is heard. */
interface Pending {
  readonly userStoppedAtMs: number;
  /** Frames of the answer have ids above this one; older frames belong to an earlier answer. */
  sinceId: number;
  /** Whether turn logic has ended the turn. */
  turnOver: boolean;
  /** When each stage ended. */
  readonly endedAtMs: Map<LatencyStage, number>;
  /** When the answer's audio first reached each processor. Which of them is the output is known once the bot speaks. */
  readonly audioReachedAtMs: Map<string, number>;
}

/** Capacity for the frames that mark a stage: far more than are ever in flight at once. */
const FRAMES_REMEMBERED = 256;

/**
 * Measures how long the user waits for an answer, stage by stage: from the user's last word until the bot is heard. The
 * last word is the VAD's stop minus its `stopDelayMs`, or the end of the turn without a VAD. An opening line of the bot
 * does not count as an answer.
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

  /** Returns the median and 95th percentile over the latest answers, in total and per stage. */
  summary(): LatencySummary {
    return summarize(this.#answers, this.#unanswered);
  }

  onPush(event: PushEvent): void {
    const { frame, timeMs } = event;
    if (frame instanceof TTSAudioRawFrame || frame instanceof SpeechOutputAudioRawFrame) this.#audio(frame, event);
    else if (isMark(frame) && this.#firstSight.checkFirst(frame)) this.#mark(frame, event.source, timeMs);
  }

  #mark(frame: Mark, source: string, timeMs: number): void {
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#abandon();
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#abandon();
      this.#pending = pendingSince(timeMs - frame.stopDelayMs, frame.id);
      this.#noteStageEnd("vad", timeMs);
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#turnOver(frame, timeMs);
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#heard(source, timeMs);
    } else if (frame instanceof TranscriptionFrame) {
      // A correction replaces the earlier transcript; one that arrives after the model has begun is not part of this
      // answer.
      if (this.#pending?.endedAtMs.has("llm") === false) this.#noteStageEnd("transcript", timeMs);
    } else if (this.#isAnswer(frame) && frame.text.trim() !== "") {
      this.#noteFirstStageEnd(frame instanceof LLMTextFrame ? "llm" : "sentence", timeMs);
    }
  }

  #turnOver(frame: UserStoppedSpeakingFrame, timeMs: number): void {
    if (this.#pending?.turnOver === true) return;
    this.#pending ??= pendingSince(timeMs, frame.id);
    this.#pending.turnOver = true;
    this.#noteStageEnd("turn", timeMs);
  }

  #audio(frame: Frame, { destination, direction, timeMs }: PushEvent): void {
    if (this.#pending === undefined || direction === "upstream" || !this.#isAnswer(frame)) return;
    this.#noteFirstStageEnd("tts", timeMs);
    const { audioReachedAtMs } = this.#pending;
    if (!audioReachedAtMs.has(destination)) audioReachedAtMs.set(destination, timeMs);
  }

  #heard(output: string, timeMs: number): void {
    const pending = this.#pending;
    // Without audio of the answer, the bot is saying something older.
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
    // Before the end of the turn, it was only a pause within the turn.
    if (this.#pending?.turnOver === true) this.#unanswered++;
    this.#pending = undefined;
  }

  #isAnswer(frame: Frame): boolean {
    return this.#pending !== undefined && frame.id > this.#pending.sinceId;
  }

  #noteStageEnd(stage: LatencyStage, timeMs: number): void {
    this.#pending?.endedAtMs.set(stage, timeMs);
  }

  #noteFirstStageEnd(stage: LatencyStage, timeMs: number): void {
    if (this.#pending?.endedAtMs.has(stage) === false) this.#noteStageEnd(stage, timeMs);
  }
}

type Mark =
  | VADUserStartedSpeakingFrame
  | VADUserStoppedSpeakingFrame
  | UserStoppedSpeakingFrame
  | BotStartedSpeakingFrame
  | TranscriptionFrame
  | LLMTextFrame
  | AggregatedTextFrame;

function isMark(frame: Frame): frame is Mark {
  return (
    frame instanceof VADUserStartedSpeakingFrame ||
    frame instanceof VADUserStoppedSpeakingFrame ||
    frame instanceof UserStoppedSpeakingFrame ||
    frame instanceof BotStartedSpeakingFrame ||
    frame instanceof TranscriptionFrame ||
    frame instanceof LLMTextFrame ||
    // Not the words of it that have been said.
    (frame instanceof AggregatedTextFrame && frame.kind === "AggregatedTextFrame" && frame.willBeSpoken)
  );
}

function pendingSince(userStoppedAtMs: number, sinceId: number): Pending {
  return { userStoppedAtMs, sinceId, turnOver: false, endedAtMs: new Map(), audioReachedAtMs: new Map() };
}

function toBreakdown(answer: number, pending: Pending, heardAtMs: number): LatencyBreakdown {
  const { userStoppedAtMs } = pending;
  const stages: Partial<Record<LatencyStage, number>> = {};
  let untilMs = userStoppedAtMs;
  // A transcript may arrive before or after the end of the turn: use the order in which the stages ended.
  for (const [stage, endedAtMs] of [...pending.endedAtMs].sort(([, a], [, b]) => a - b)) {
    stages[stage] = endedAtMs - untilMs;
    untilMs = endedAtMs;
  }
  return { answer, userStoppedAtMs, totalMs: heardAtMs - userStoppedAtMs, stages };
}
