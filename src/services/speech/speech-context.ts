import { type Frame, makeUninterruptible } from "../../frames/index.ts";

/** Fields of a {@link SpeechContext}; defaults are false. */
export interface SpeechContextFields {
  readonly appendToContext: boolean;
  readonly opensTurn: boolean;
  readonly uninterruptible?: boolean;
  readonly continues?: boolean;
}

/** One utterance of a text-to-speech service: an answer of the model, or a text it was asked to say. */
export class SpeechContext {
  readonly id: string;
  /** Whether its words belong in the LLM context. */
  readonly appendToContext: boolean;
  /** Whether it opens an assistant turn by itself. */
  readonly opensTurn: boolean;
  /** Whether it is said to its end through interruptions. */
  readonly uninterruptible: boolean;
  /** Whether the answer had an earlier speech context, which failed. */
  readonly continues: boolean;
  readonly #controller = new AbortController();
  /** Whether text was sent to the provider. */
  asked = false;
  /** Whether audio has arrived and the TTSStartedFrame was pushed. */
  started = false;
  /** Whether a request has failed. */
  failed = false;
  /** Whether nothing more may be pushed for it. */
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

  /** Makes a frame of the utterance survive what the utterance survives; returns the frame. */
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
   * Adds audio that arrives now. It begins when the previous audio ends, or now if that has ended. Returns when it
   * begins, as if the first audio were heard the moment it arrived; the output shifts all times by the delay until
   * then.
   */
  addAudio(durationMs: number, nowMs: number): number {
    const beginsMs = Math.max(this.#audioEndMs, nowMs);
    this.#audioEndMs = beginsMs + durationMs;
    this.#audioMs += durationMs;
    return beginsMs;
  }

  /** Duration of the audio so far. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Time at which the audio so far ends. */
  get audioEndMs(): number {
    return this.#audioEndMs;
  }

  /** Returns a presentation time that keeps words in order, whatever times a provider reports. */
  orderPtsMs(wantedMs: number): number {
    this.#lastPtsMs = Math.max(this.#lastPtsMs, wantedMs);
    return this.#lastPtsMs;
  }
}
