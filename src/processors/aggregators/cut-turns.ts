import type { Frame, LLMContext, LLMMessage } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { joinText, type TextPart } from "./join-text.ts";

/** How long a turn that was cut waits for heard words; the model is asked later than this, and shall know them. */
const LATE_WORDS_MS = 500;

/** What has arrived of a turn of the assistant. */
export interface TurnParts {
  readonly parts: TextPart[];
  /** It has begun, with or without words. */
  open: boolean;
}

/** A turn that an interruption has cut while words that were heard are still on their way. */
export interface CutTurn extends TurnParts {
  /** The last frame that belongs to it. */
  readonly lastIndex: number;
  /** What was the last message of the context then: the turn belongs behind it, whatever was said since. */
  anchor: LLMMessage | undefined;
  timer: TimerHandle;
  /** Told of before all of it was there. */
  overdue: boolean;
  message: LLMMessage | undefined;
}

export interface CutTurnsHost {
  readonly context: LLMContext;
  clock(): Clock;
  /** Tells of a turn that is over; `place` puts its message into the context. Returns the message, if it has words. */
  tell(turn: TurnParts, interrupted: boolean, place: (message: LLMMessage) => void): LLMMessage | undefined;
}

/**
 * What was heard is not interruptible: an interruption overtakes heard words in a processor that takes its time, and they
 * arrive behind it. They are waited for and committed where they belong: in the turn that was cut, ahead of what the user
 * said next. The output transport numbers what it releases, which tells how far the words are.
 */
export class CutTurns {
  readonly #host: CutTurnsHost;
  #turns: CutTurn[] = [];
  #arrivedIndex = 0;

  constructor(host: CutTurnsHost) {
    this.#host = host;
  }

  /** An interruption has cut the turn. False when nothing of it is on its way: then it can be committed. */
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

  /** The cut turn that a frame belongs to. Call it for every frame; turns that are complete by then are committed. */
  turnOf({ playoutIndex }: Frame): CutTurn | undefined {
    if (playoutIndex === undefined) return undefined;
    this.#arrivedIndex = playoutIndex;
    this.#finish(({ lastIndex }) => lastIndex < playoutIndex);
    return this.#turns[0];
  }

  /** The frame of that turn has been taken in. */
  taken(turn: CutTurn): void {
    if (turn.overdue) this.#commit(turn, true);
    this.#finish(({ lastIndex }) => lastIndex <= this.#arrivedIndex);
  }

  /** The turn was heard to its end before it could be cut; what comes now is another. */
  ended(turn: CutTurn): void {
    this.#commit(turn, false);
    turn.parts.length = 0;
    turn.open = false;
    turn.message = undefined;
  }

  /** Nothing more will arrive. */
  finishAll(): void {
    this.#finish(() => true);
  }

  /** Idempotent. */
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
      const told = turn.message;
      const message: LLMMessage = {
        role: "assistant",
        content: joinText(turn.parts),
        ...(interrupted && { interrupted }),
      };
      if (context.replaceLast((other) => other === told, message)) turn.message = message;
    } else {
      turn.message = this.#host.tell(turn, interrupted, (message) => context.insertAfter(anchor, message));
    }
    // Turns that were cut later belong behind this one.
    for (const later of this.#turns) if (later.anchor === anchor) later.anchor = turn.message ?? anchor;
    turn.anchor = turn.message ?? anchor;
  }
}
