import type { Frame, LLMContext, LLMMessage } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { joinText, type TextPart } from "./join-text.ts";

/** How long a cut turn waits for words that were heard. The model runs later than this and must know them. */
const LATE_WORDS_MS = 500;

/** The parts of an assistant turn that have arrived. */
export interface TurnParts {
  readonly parts: TextPart[];
  /** Whether the turn has started, with or without words. */
  open: boolean;
}

/** Creates the message of what was heard of a turn. */
export function toAssistantMessage(
  parts: readonly TextPart[],
  interrupted: boolean,
): LLMMessage & { readonly content: string } {
  // What was heard to its end is certain, whatever the times of its words.
  const estimated = interrupted && parts.at(-1)?.estimated === true;
  const content = joinText(parts);
  return { role: "assistant", content, ...(interrupted && { interrupted }), ...(estimated && { estimated }) };
}

/** A turn that was cut by an interruption, with heard words still in flight. */
export interface CutTurn extends TurnParts {
  /** Playout index of the last frame that belongs to the turn. */
  readonly lastIndex: number;
  /** Last message of the context at the time of the cut. The turn belongs after it, whatever was said since. */
  anchor: LLMMessage | undefined;
  timer: TimerHandle;
  /** Whether the turn was reported before all of it had arrived. */
  overdue: boolean;
  message: LLMMessage | undefined;
}

/** What {@link CutTurns} needs from the aggregator. */
export interface CutTurnsHost {
  readonly context: LLMContext;
  clock(): Clock;
  /**
   * Reports a turn that is over; `place` puts its message into the context. Returns the message, if the turn has words.
   */
  report(turn: TurnParts, interrupted: boolean, place: (message: LLMMessage) => void): LLMMessage | undefined;
}

/**
 * Holds turns that an interruption has cut until all words that were heard have arrived. An interruption overtakes
 * those words in a slow processor, and they arrive after it. They belong in the turn that was cut, before what the user
 * said next. The output transport numbers the frames it releases, so the numbers show which words are missing.
 */
export class CutTurns {
  readonly #host: CutTurnsHost;
  #turns: CutTurn[] = [];
  #arrivedIndex = 0;

  constructor(host: CutTurnsHost) {
    this.#host = host;
  }

  /**
   * Takes over a turn that an interruption has cut. Returns false if nothing of it is in flight: then the caller can
   * commit it.
   */
  cut(lastIndex: number | undefined, { parts, open }: TurnParts): boolean {
    if (lastIndex === undefined || lastIndex <= this.#arrivedIndex) return false;
    const { context } = this.#host;
    const timer = this.#host.clock().setTimeout(() => {
      turn.overdue = true;
      this.#commit(turn, true);
    }, LATE_WORDS_MS);
    const anchor = context.messages.at(-1);
    const turn: CutTurn = { parts: [...parts], open, lastIndex, anchor, timer, overdue: false, message: undefined };
    this.#turns.push(turn);
    return true;
  }

  /**
   * Returns the cut turn that a frame belongs to. Call it for every frame: it also commits turns that are complete by
   * then.
   */
  findTurn({ playoutIndex }: Frame): CutTurn | undefined {
    if (playoutIndex === undefined) return undefined;
    this.#arrivedIndex = playoutIndex;
    this.#finish(({ lastIndex }) => lastIndex < playoutIndex);
    return this.#turns[0];
  }

  /** Call it after a frame of the turn was handled. */
  noteHandled(turn: CutTurn): void {
    if (turn.overdue) this.#commit(turn, true);
    this.#finish(({ lastIndex }) => lastIndex <= this.#arrivedIndex);
  }

  /** The turn was heard to its end before it could be cut; later parts belong to another turn. */
  noteEnded(turn: CutTurn): void {
    this.#commit(turn, false);
    turn.parts.length = 0;
    turn.open = false;
    turn.message = undefined;
  }

  /** Commits all turns: nothing more will arrive. */
  finishAll(): void {
    this.#finish(() => true);
  }

  /** Stops all timers and drops the turns. Idempotent. */
  close(): void {
    for (const { timer } of this.#turns) this.#host.clock().clearTimeout(timer);
    this.#turns = [];
  }

  #finish(isComplete: (turn: CutTurn) => boolean): void {
    for (let turn = this.#turns[0]; turn && isComplete(turn); turn = this.#turns[0]) {
      this.#turns.shift();
      this.#host.clock().clearTimeout(turn.timer);
      if (!turn.overdue) this.#commit(turn, true);
    }
  }

  #commit(turn: CutTurn, interrupted: boolean): void {
    const { context } = this.#host;
    const { anchor } = turn;
    if (turn.message) {
      const reported = turn.message;
      const message = toAssistantMessage(turn.parts, interrupted);
      if (context.replaceLast((other) => other === reported, message)) turn.message = message;
    } else {
      turn.message = this.#host.report(turn, interrupted, (message) => context.insertAfter(anchor, message));
    }
    // Turns that were cut later belong after this one.
    for (const later of this.#turns) if (later.anchor === anchor) later.anchor = turn.message ?? anchor;
    turn.anchor = turn.message ?? anchor;
  }
}
