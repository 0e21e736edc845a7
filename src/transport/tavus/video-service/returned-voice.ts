import { SentAudio } from "./sent-audio.ts";

/** From sending until it returns, until that has been measured. */
const DEFAULT_LATENCY_MS = 300;
/** How far the account may be ahead of the sound that returned: one block. */
const GRACE_MS = 20;
/** The end of a stretch of sound, and a click: too short, and mostly too faint, to be missed. */
const NOT_MISSED_MS = 60;
/** Sound that returns after this much quiet is the beginning of something. */
const ONSET_QUIET_MS = 80;
/** Quiet of this length ends a stretch of sound. */
const END_QUIET_MS = 40;
/** A pal that sounds for this much longer than what it was sent is not saying that: waiting for its end would not end. */
const MAX_LAG_MS = 1500;
/** An onset that has not returned this much later than expected was no pause for the pal. */
const ONSET_EXPIRES_MS = 1000;
/** After an interruption: quiet of this length, with nothing new sent, and the old speech is over. */
const OLD_OVER_MS = 1000;
/** After an interruption, new speech takes at least this long to return. */
const MIN_RETURN_MS = 60;

/** What has returned from the pal: one block of its microphone. */
export interface ReturnedBlock {
  /** When it was captured: its first sample, on the pipeline's clock. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Where in it sound begins, in milliseconds; undefined when it is quiet. */
  readonly soundFromMs: number | undefined;
}

/** After an interruption the pal's old speech is held off until its end. `quietMs`: for how long nothing has returned. */
type Gate = { readonly is: "open" } | { readonly is: "closed"; quietMs: number };

const OPEN: Gate = { is: "open" };

/**
 * Compares what returns from the pal with what was sent to it: how much of it has been heard, by when. The delay is measured
 * where sound begins after a pause, and corrected where it ends. Sound that was sent counts as heard only while sound returns,
 * so a pal that is silent holds the account, and one that is late does, too.
 */
export class ReturnedVoice {
  readonly sent: SentAudio;
  /** Whether silence of the pal holds the account. */
  readonly #holds: boolean;
  /** Where the account began: what was before it is not the pal's any more. */
  #begin = 0;
  #position = 0;
  #latencyMs: number | undefined;
  #gate: Gate = OPEN;
  #lastSoundMs = -Infinity;
  #quietMs = Infinity;
  /** The pal still sounds after the sound that ended here. */
  #lateAt: number | undefined;

  constructor(sampleRate: number, { holds }: { readonly holds: boolean }) {
    this.sent = new SentAudio(sampleRate);
    this.#holds = holds;
  }

  /** From sending until it returns, in milliseconds; undefined until it has been measured. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  /** How much has been heard. Never falls. */
  get position(): number {
    return this.#position;
  }

  /** How much has certainly been heard: up to where sound returned. */
  get certainPosition(): number {
    if (this.#lastSoundMs === -Infinity) return this.#begin;
    const returned = this.sent.positionAt(this.#lastSoundMs - (this.#latencyMs ?? DEFAULT_LATENCY_MS));
    return Math.max(this.#begin, Math.min(this.#position, returned));
  }

  /** A pal listens from here on; all before was heard, or never will be. */
  begin(position: number): void {
    this.#restart(position);
    this.#latencyMs = undefined;
    this.#gate = OPEN;
    this.#quietMs = Infinity;
  }

  /** What was sent after this position was flushed, and the pal was asked to stop. */
  interrupted(position: number): void {
    this.#restart(position);
    this.#gate = { is: "closed", quietMs: 0 };
  }

  /** Takes a block that has returned. Returns whether it may be heard: it is not from before an interruption. */
  returned(block: ReturnedBlock): boolean {
    const endMs = block.startMs + block.durationMs;
    const passes = this.#passes(block);
    const sounds = passes && block.soundFromMs !== undefined;
    if (sounds) {
      if (this.#quietMs >= ONSET_QUIET_MS) this.#soundBegan(block.startMs + block.soundFromMs);
      this.#lastSoundMs = endMs;
      this.#quietMs = 0;
    } else {
      this.#quietMs += block.durationMs;
      if (this.#quietMs >= END_QUIET_MS) this.#soundEnded();
    }
    this.#advance(endMs, sounds);
    return passes;
  }

  /** For how long sound that was sent has been missing at this time, in milliseconds. */
  missingMs(nowMs: number): number {
    const from = this.sent.firstSound(this.#position, this.sent.leftPosition, NOT_MISSED_MS);
    const leftMs = from === undefined ? undefined : this.sent.timeOf(from);
    if (leftMs === undefined) return 0;
    const dueMs = leftMs + (this.#latencyMs ?? DEFAULT_LATENCY_MS);
    return Math.max(0, nowMs - Math.max(dueMs, this.#lastSoundMs));
  }

  #restart(position: number): void {
    this.#begin = position;
    this.#position = position;
    this.#lateAt = undefined;
    this.#lastSoundMs = -Infinity;
    this.sent.flush(position);
  }

  /**
   * Old speech has ended when sound returns after quiet, and new speech left early enough to be that; or when there has been
   * nothing but quiet.
   */
  #passes(block: ReturnedBlock): boolean {
    const gate = this.#gate;
    if (gate.is === "open") return true;
    const onset = this.sent.nextOnset;
    const leftMs = onset === undefined ? undefined : this.sent.timeOf(onset);
    if (block.soundFromMs === undefined) {
      gate.quietMs += block.durationMs;
      if (onset === undefined && gate.quietMs >= OLD_OVER_MS) this.#gate = OPEN;
      return false;
    }
    const returnsMs = Math.max(MIN_RETURN_MS, (this.#latencyMs ?? 0) / 2);
    const isNew = leftMs !== undefined && block.startMs + block.soundFromMs >= leftMs + returnsMs;
    if (isNew && gate.quietMs >= ONSET_QUIET_MS) this.#gate = OPEN;
    gate.quietMs = 0;
    return this.#gate.is === "open";
  }

  #soundBegan(atMs: number): void {
    for (let onset = this.sent.nextOnset; onset !== undefined; onset = this.sent.nextOnset) {
      const leftMs = this.sent.timeOf(onset);
      // It has not left: this sound is of something else, or the account of what has left is late.
      if (leftMs === undefined || leftMs > atMs) return;
      this.sent.shiftOnset();
      if (atMs - leftMs > (this.#latencyMs ?? Infinity) + ONSET_EXPIRES_MS) continue;
      this.#latencyMs = atMs - leftMs;
      return;
    }
  }

  #soundEnded(): void {
    const lateAt = this.#lateAt;
    this.#lateAt = undefined;
    const leftMs = lateAt === undefined ? undefined : this.sent.timeOf(lateAt);
    if (leftMs !== undefined) this.#latencyMs = Math.max(0, this.#lastSoundMs - leftMs);
  }

  #advance(endMs: number, sounds: boolean): void {
    const { sent } = this;
    const latencyMs = this.#latencyMs ?? DEFAULT_LATENCY_MS;
    let target = sent.positionAt(endMs - latencyMs);
    const missed = this.#holds ? this.#firstMissed(target) : undefined;
    if (missed !== undefined) target = missed;
    else if (sounds) target = Math.min(target, this.#endOfSound(target, endMs));
    else if (this.#lateAt !== undefined) target = Math.min(target, this.#lateAt);
    if (target <= this.#position) return;
    this.#position = target;
    sent.forget(target);
  }

  /** Where sound begins that was sent and has not returned; undefined when there is none before `target`. */
  #firstMissed(target: number): number | undefined {
    const returnedTo = this.#lastSoundMs + GRACE_MS - (this.#latencyMs ?? DEFAULT_LATENCY_MS);
    const from = Math.max(this.#position, returnedTo === -Infinity ? 0 : this.sent.positionAt(returnedTo));
    return this.sent.firstSound(from, target, NOT_MISSED_MS);
  }

  /** A pal that still sounds has not come to the pause that follows what it was sent. */
  #endOfSound(target: number, endMs: number): number {
    const { sent } = this;
    const isAll = target >= sent.leftPosition;
    const end = this.#lateAt ?? sent.lastSoundEnd(target);
    if (end === undefined || (end >= target && !isAll)) return target;
    const limit = Math.min(end, target - 1);
    const leftMs = sent.timeOf(limit) ?? endMs;
    const lagMs = endMs - leftMs - (this.#latencyMs ?? DEFAULT_LATENCY_MS);
    this.#lateAt = lagMs < MAX_LAG_MS ? limit : undefined;
    return this.#lateAt ?? target;
  }
}
