import {
  BotSpeakingFrame,
  type Frame,
  TranscriptionFrame,
  UserSpeakingFrame,
  VADUserStartedSpeakingFrame,
} from "../../frames/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type {
  TurnStartDecision,
  TurnStartOptions,
  UserTurnStartHost,
  UserTurnStartStrategy,
} from "./turn-strategies.ts";

export interface WakePhraseOptions extends TurnStartOptions {
  /** Any of these wakes the bot; case, punctuation and spaces count for nothing. */
  readonly phrases: readonly string[];
  /** How long the bot stays awake without anybody speaking. Default 10 000. */
  readonly timeoutMs?: number;
  /**
   * Whether the phrase is needed again `timeoutMs` after it was said, however lively the conversation is. Default false:
   * every word of the user or the bot restarts the timer.
   */
  readonly singleActivation?: boolean;
  /** The bot is awake now. */
  readonly onWake?: (phrase: string) => void;
  /** The bot sleeps again. */
  readonly onSleep?: () => void;
}

/** Of what was said before, this much may still be the beginning of a phrase. */
const MAX_REMEMBERED = 250;

/**
 * The bot sleeps until a wake phrase is said, such as "Hey Ada": until then no turn begins, whatever the strategies behind
 * this one say, and what was said is forgotten. The phrase itself begins a turn. Put it first of all start strategies. It
 * goes by final transcripts.
 */
export class WakePhraseStartStrategy implements UserTurnStartStrategy {
  readonly interrupts: boolean;
  readonly announces: boolean;
  readonly #options: WakePhraseOptions;
  readonly #phrases: readonly { readonly phrase: string; readonly pattern: string }[];
  readonly #timeoutMs: number;
  #host: UserTurnStartHost | undefined;
  #awake = false;
  #said = "";
  #timer: TimerHandle;

  /** @throws InvalidOptionError without a phrase, for a phrase without a letter, and for a time that is not above 0. */
  constructor(options: WakePhraseOptions) {
    this.interrupts = options.interrupts ?? true;
    this.announces = options.announces ?? true;
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#phrases = options.phrases.map((phrase) => ({ phrase, pattern: toWords(phrase) }));
    if (this.#phrases.length === 0 || this.#phrases.some(({ pattern }) => pattern === ""))
      throw new InvalidOptionError("phrases", "must be one or more phrases of letters or digits.");

    if (!(this.#timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be greater than 0.");
  }

  get awake(): boolean {
    return this.#awake;
  }

  attach(host: UserTurnStartHost): void {
    this.#host = host;
  }

  decide(frame: Frame): TurnStartDecision | undefined {
    if (this.#awake) {
      if (this.#options.singleActivation !== true && isActivity(frame)) this.#stayAwake();
      return undefined;
    }
    if (!(frame instanceof TranscriptionFrame)) return "block";
    const phrase = this.#find(frame.text);
    if (phrase === undefined) return "block";
    this.#said = "";
    this.#awake = true;
    this.#stayAwake();
    this.#options.onWake?.(phrase);
    return "start";
  }

  close(): void {
    this.#host?.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A phrase may come in two transcripts. */
  #find(text: string): string | undefined {
    this.#said = `${this.#said}${toWords(text)}`.slice(-MAX_REMEMBERED);
    return this.#phrases.find(({ pattern }) => this.#said.includes(pattern))?.phrase;
  }

  #stayAwake(): void {
    this.close();
    this.#timer = this.#host?.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#awake = false;
      this.#options.onSleep?.();
    }, this.#timeoutMs);
  }
}

/** Its words, each between spaces, so that "ada" is not found in "Canada". */
function toWords(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/['’]/gu, "")
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  )
    .map((word) => ` ${word} `)
    .join("");
}

function isActivity(frame: Frame): boolean {
  return (
    frame instanceof TranscriptionFrame ||
    frame instanceof UserSpeakingFrame ||
    frame instanceof BotSpeakingFrame ||
    frame instanceof VADUserStartedSpeakingFrame
  );
}
