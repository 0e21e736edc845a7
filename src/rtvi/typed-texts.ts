import {
  type ContentPart,
  type Frame,
  LLMConfigureOutputFrame,
  LLMMessagesAppendFrame,
  makeUninterruptible,
} from "../frames/index.ts";

/** Texts that may wait while the pipeline drains. */
const MAX_WAITING = 20;

/** Something that a user wrote, for the context. */
export interface TypedText {
  readonly content: string | readonly ContentPart[];
  /** Whether the bot stops what it says, and answers at once. */
  readonly runImmediately: boolean;
  /** Whether the answer is spoken. */
  readonly isSpoken: boolean;
  /** Called when it is on its way to the context. */
  readonly onAdded: () => void;
}

/** What the texts do with the pipeline. */
export interface TypedTextsHost {
  push(frame: Frame): void;
  /** Interrupts the whole pipeline. */
  interrupt(): void;
  /** Resolves when the whole pipeline has handled the interruption, or that takes too long. Never rejects. */
  drain(): Promise<void>;
  /** Whether the model's text is not spoken at the moment. */
  skipsTTS(): boolean;
}

/** Texts that users write, one after the other: each is added to the context, and answered if that was asked for. */
export class TypedTexts {
  readonly #host: TypedTextsHost;
  readonly #waiting: TypedText[] = [];
  #isRunning = false;

  constructor(host: TypedTextsHost) {
    this.#host = host;
  }

  /** Takes a text; returns false when too many wait. */
  add(text: TypedText): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(text);
    if (!this.#isRunning) void this.#run();
    return true;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.length = 0;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let text = this.#waiting.shift(); text; text = this.#waiting.shift()) {
      if (text.runImmediately) {
        this.#host.interrupt();
        // What was heard of the answer before belongs in the context first.
        await this.#host.drain();
      }
      this.#append(text);
    }
    this.#isRunning = false;
  }

  #append({ content, runImmediately, isSpoken, onAdded }: TypedText): void {
    const before = this.#host.skipsTTS();
    // An interruption must neither drop what a user wrote nor leave the bot mute.
    const push = (frame: Frame): void => this.#host.push(makeUninterruptible(frame));
    const isOther = before === isSpoken;
    if (isOther) push(new LLMConfigureOutputFrame(!isSpoken));
    push(new LLMMessagesAppendFrame([{ role: "user", content }], { runLLM: runImmediately }));
    if (isOther) push(new LLMConfigureOutputFrame(before));
    onAdded();
  }
}
