import { type Frame, makeUninterruptible } from "../../frames/index.ts";

export interface SpeechContextFields {
  readonly appendToContext: boolean;
  readonly opensTurn: boolean;
  readonly uninterruptible?: boolean;
  readonly continues?: boolean;
}

/** What a text-to-speech service says in one go: an answer of the model, or a sentence it was asked to say. */
export class SpeechContext {
  readonly id: string;
  /** Whether its words belong in the context of the model. */
  readonly appendToContext: boolean;
  /** Whether it opens a turn of the assistant by itself. */
  readonly opensTurn: boolean;
  /** Whether it is said to its end through interruptions. */
  readonly uninterruptible: boolean;
  /** Whether the answer has had another context before, which failed. */
  readonly continues: boolean;
  readonly #controller = new AbortController();
  /** Text was given to the provider. */
  asked = false;
  /** Audio has come, and the TTSStartedFrame with it. */
  started = false;
  /** A request for it has failed. */
  failed = false;
  /** Nothing more may be pushed for it. */
  over = false;
  #audioMs = 0;
  #audioEndMs = -Infinity;
  #lastPtsMs = -Infinity;

  constructor(fields: SpeechContextFields & { readonly id: string }) {
    this.id = fields.id;
    this.appendToContext = fields.appendToContext;
    this.opensTurn = fields.opensTurn;
    this.uninterruptible = fields.uninterruptible ?? false;
    this.continues = fields.continues ?? false;
  }

  /** A frame of it, marked to survive what the context survives. */
  mark<F extends Frame>(frame: F): F {
    return this.uninterruptible ? makeUninterruptible(frame) : frame;
  }

  /** Aborts when the context is interrupted. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(reason: Error): void {
    this.over = true;
    this.#controller.abort(reason);
  }

  /**
   * Audio that comes now begins when the audio before it ends, or now if that has ended. Returns when it begins, as if
   * the first audio were heard the moment it came; the output moves all times by what it takes until then.
   */
  addAudio(durationMs: number, nowMs: number): number {
    const beginsMs = Math.max(this.#audioEndMs, nowMs);
    this.#audioEndMs = beginsMs + durationMs;
    this.#audioMs += durationMs;
    return beginsMs;
  }

  /** How much audio there is so far. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** When the audio so far ends. */
  get audioEndMs(): number {
    return this.#audioEndMs;
  }

  /** Words keep their order, whatever times a provider gives them. */
  ptsMs(wantedMs: number): number {
    this.#lastPtsMs = Math.max(this.#lastPtsMs, wantedMs);
    return this.#lastPtsMs;
  }
}
