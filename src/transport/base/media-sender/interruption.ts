import { nextTurn } from "../../../util/next-turn.ts";

/*
 * The words for an interruption, in `transport/base` and `transport/playout`:
 *
 * - *interrupt*: the event. The bot is cut short, and what it has left to say is void.
 * - *flush*: what a sink or a queue does for it. It drops what has not been played and returns the position heard. A far
 *   end that was interrupted by someone else flushes by itself.
 * - *release*: a frame leaves because its time has come. What has been heard is released even in an interruption.
 * - *survive*: what an interruption spares: uninterruptible frames, and speech that must be heard to its end.
 */

/** An interruption of one sender, which is silent already. Two steps are left, for {@link interruptAll} to take. */
export interface BegunInterruption {
  /** Whether speech plays on, since it must be heard to its end; only what waited behind it was flushed. */
  readonly playsOn: boolean;
  /** Second step: releases what was heard, and keeps what survives. Returns whether anything was released. */
  releaseHeard(): boolean;
  /** Third step: reports that the bot is not heard any more. */
  stopSpeaking(): void;
}

/** Something with a voice. */
export interface Interruptible {
  /**
   * First step of an interruption: from its return on, nothing old is written or played. `all` spares nothing, not even
   * what survives; default false.
   */
  beginInterruption(options?: { readonly all?: boolean }): BegunInterruption;
}

/** What belongs between the steps of an interruption, and after it. */
export interface InterruptionHooks<S> {
  /**
   * Everything is silent, and nothing has been released yet: the moment to notify the far end. Gets the senders that play
   * on. Must not wait.
   */
  readonly onSilent?: (playingOn: ReadonlySet<S>) => void;
  /** The bot is not heard any more: the moment to pass the interruption on. */
  readonly onStopped: () => void;
  /** Yields to the event loop even when nothing was released, so that the caller's stack is left first. Default false. */
  readonly alwaysYield?: boolean;
}

/**
 * Interrupts several senders as one. The order of the steps across all of them:
 * 1. All fall silent, before anything else happens that could take time.
 * 2. All release what was heard until then.
 * 3. All stop speaking, and the interruption is passed on. If anything was released, this waits for the next turn of the
 *    event loop: what follows are system frames, which overtake data, and the released words would be dropped from the
 *    queues behind us as if they had not been heard.
 *
 * The first two steps are over when the call returns.
 */
export function interruptAll<S extends Interruptible>(
  senders: readonly S[],
  { onSilent, onStopped, alwaysYield = false }: InterruptionHooks<S>,
): Promise<void> {
  const begun = senders.map((sender) => sender.beginInterruption());
  onSilent?.(new Set(senders.filter((_, index) => begun[index]?.playsOn)));
  let yields = alwaysYield;
  for (const interruption of begun) yields = interruption.releaseHeard() || yields;
  const stop = (): void => {
    for (const interruption of begun) interruption.stopSpeaking();
    onStopped();
  };
  if (yields) return nextTurn().then(stop);
  stop();
  return Promise.resolve();
}

/** Interrupts a sender whose output is gone, or that closes. Takes all steps at once and spares nothing. */
export function interruptAtOnce(sender: Interruptible): void {
  const interruption = sender.beginInterruption({ all: true });
  interruption.releaseHeard();
  interruption.stopSpeaking();
}
