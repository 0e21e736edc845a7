import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import { PlayoutTimeline, type PlayoutSegment } from "./playout-timeline.ts";

/** From sending the first audio to hearing it, until it has been measured. */
const INITIAL_LATENCY_MS = 500;
const MAX_LATENCY_MS = 10_000;
/** How much longer than twice the latency a start event may take before we stop waiting for it. */
const START_GRACE_MS = 1000;
/** How long the end of an utterance is held back for the event that gives its exact time. */
const END_MARGIN_MS = 500;
/** How long after an interruption of ours a stop event still belongs to what was interrupted. */
const INTERRUPT_ECHO_MS = 3000;

interface SentUtterance {
  readonly from: number;
  readonly firstSentMs: number;
  /** Nothing was playing when it was sent, so the time until its start is the latency. */
  readonly idleAtSend: boolean;
  readonly first: PlayoutSegment;
  last: PlayoutSegment;
  complete: boolean;
  started: boolean;
}

/**
 * The account of a sink that is written *ahead*: an estimate of when audio that was sent is heard. The pal buffers and
 * renders, so the estimate is the time of sending, plus the latency, plus what is queued before it; the pal's speaking
 * events correct it. Events carry ids of their own, so they are matched to utterances by order. Without events the
 * estimate alone counts. All positions count samples per channel.
 */
export class EstimatedPlayout {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timeline: PlayoutTimeline;
  #utterances: SentUtterance[] = [];
  #latencyMs = INITIAL_LATENCY_MS;
  /** Whether the pal is assumed to report when it speaks. */
  #expectsEvents = true;
  #warned = false;
  /** When we interrupted. For each of these the pal may still report that it stopped. */
  #interruptedAtMs: number[] = [];
  #reached = 0;

  /** `sampleRate` is in Hz. */
  constructor(clock: Clock, logger: Logger, sampleRate: number) {
    this.#clock = clock;
    this.#logger = logger;
    this.#timeline = new PlayoutTimeline(sampleRate);
  }

  /** Latest estimate, in milliseconds, of the time from sending to hearing. Default 500. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** Sent so far and not flushed. */
  get sentSamples(): number {
    return this.#timeline.end;
  }

  /** Heard so far, as far as it is known. Never falls. */
  playedSamples(): number {
    const nowMs = this.#clock.nowMs();
    this.#giveUpOnEvents(nowMs);
    const position = this.#timeline.positionAt(nowMs);
    const held = this.#heldBack();
    if (held && position >= held.end && nowMs < held.untilMs) this.#reached = Math.max(this.#reached, held.end - 1);
    else this.#reached = Math.max(this.#reached, position);
    this.#utterances = this.#utterances.filter(({ complete, last }) => !complete || last.to > this.#reached);
    return this.#reached;
  }

  /** When `position` will have been heard, on the clock's time; undefined for what has not been sent. */
  dueMs(position: number): number | undefined {
    const dueMs = this.#timeline.dueMs(position);
    const held = this.#heldBack();
    return dueMs !== undefined && held && position >= held.end ? Math.max(dueMs, held.untilMs) : dueMs;
  }

  /** So many samples of the current utterance were sent now. */
  sent(samples: number): void {
    const nowMs = this.#clock.nowMs();
    const earliestMs = nowMs + this.#latencyMs;
    const current = this.#utterances.at(-1);
    if (current && !current.complete) {
      current.last = this.#timeline.append(samples, earliestMs);
      return;
    }
    const idleAtSend = (this.#timeline.endMs ?? -Infinity) <= nowMs;
    // Held back until the pal reports that it speaks, or until it is clear that it will not.
    const graceMs = this.#expectsEvents ? this.#latencyMs + START_GRACE_MS : 0;
    const from = this.#timeline.end;
    const first = this.#timeline.append(samples, earliestMs + graceMs, true);
    this.#utterances.push({
      from,
      firstSentMs: nowMs,
      idleAtSend,
      first,
      last: first,
      complete: false,
      started: false,
    });
  }

  /** The current utterance has been sent to its end. */
  endUtterance(): void {
    const current = this.#utterances.at(-1);
    if (current) current.complete = true;
  }

  /** The pal started speaking. */
  started(): void {
    const nowMs = this.#clock.nowMs();
    this.#expectsEvents = true;
    const next = this.#utterances.find(({ started }) => !started);
    if (!next) return;
    // The pal speaks one utterance at a time: the one before must be over.
    const before = this.#speaking();
    if (before) this.#finish(before, nowMs);
    next.started = true;
    if (next.idleAtSend) this.#latencyMs = Math.min(MAX_LATENCY_MS, nowMs - next.firstSentMs);
    this.#timeline.moveTo(next.first, nowMs);
  }

  /** The pal stopped. Returns true when someone else's interruption stopped it: the rest will not be heard. */
  stopped(interrupted: boolean): boolean {
    const nowMs = this.#clock.nowMs();
    const speaking = this.#speaking();
    this.#forgetOldInterruptions(nowMs);
    if (interrupted && this.#interruptedAtMs.shift() !== undefined) {
      // A start event from just before belonged to the interrupted utterance as well.
      if (speaking) {
        speaking.started = false;
        this.#timeline.moveTo(speaking.first, nowMs + this.#latencyMs + START_GRACE_MS);
      }
      return false;
    }
    if (!speaking) return false;
    if (interrupted) return true;
    this.#finish(speaking, nowMs);
    return false;
  }

  /** Drops what has not been heard and returns the position heard. `byUs`: an interrupt is being sent to the pal for it. */
  flush(byUs: boolean): number {
    const nowMs = this.#clock.nowMs();
    this.#forgetOldInterruptions(nowMs);
    if (byUs && this.#utterances.length > 0) this.#interruptedAtMs.push(nowMs);
    this.#utterances = [];
    this.#reached = this.#timeline.flush(nowMs);
    return this.#reached;
  }

  #forgetOldInterruptions(nowMs: number): void {
    this.#interruptedAtMs = this.#interruptedAtMs.filter((atMs) => nowMs - atMs < INTERRUPT_ECHO_MS);
  }

  #speaking(): SentUtterance | undefined {
    return this.#utterances.find(({ started }) => started);
  }

  /** All that was sent of it has been heard by now, whatever the estimate says. */
  #finish(utterance: SentUtterance, nowMs: number): void {
    this.#timeline.endAt(utterance.last, nowMs);
    if (utterance.complete) this.#utterances.splice(this.#utterances.indexOf(utterance), 1);
  }

  /** The end of a complete utterance whose stop event is still to come. */
  #heldBack(): { readonly end: number; readonly untilMs: number } | undefined {
    const speaking = this.#speaking();
    if (!speaking?.complete || !this.#expectsEvents) return undefined;
    const end = speaking.last.to;
    const { startMs, from } = speaking.last;
    return { end, untilMs: startMs + ((end - from) * 1000) / this.#timeline.sampleRate + END_MARGIN_MS };
  }

  #giveUpOnEvents(nowMs: number): void {
    const silent = this.#utterances.find(({ started }) => !started);
    if (!silent?.idleAtSend || !this.#expectsEvents || nowMs < silent.first.startMs) return;
    this.#expectsEvents = false;
    if (this.#warned) return;
    this.#warned = true;
    this.#logger.warn("The pal does not report when it speaks; what was heard is estimated from what was sent.", {
      latencyMs: this.#latencyMs,
    });
  }
}
