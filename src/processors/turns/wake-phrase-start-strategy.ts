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

/** Options of a {@link WakePhraseStartStrategy}. */
export interface WakePhraseOptions extends TurnStartOptions {
  /** Phrases that wake the bot. Case, punctuation and spaces are ignored. */
  readonly phrases: readonly string[];
  /** How long the bot stays awake while nobody speaks, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /**
   * Whether the phrase is required again `timeoutMs` after it was said, even during a conversation. Default false:
   * speech of the user or the bot restarts the timer.
   */
  readonly singleActivation?: boolean;
  /** Called when the bot wakes. */
  readonly onWake?: (phrase: string) => void;
  /** Called when the bot falls asleep again. */
  readonly onSleep?: () => void;
}

/** How many characters of earlier speech are kept, because they may be the beginning of a phrase. */
const MAX_REMEMBERED = 250;

/**
 * Lets the bot sleep until a wake phrase is said, such as "Hey Ada". Until then no turn starts, whatever later
 * strategies decide, and what was said is discarded. The phrase itself starts a turn. Put it first among the start
 * strategies. It uses final transcripts only.
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

  /**
   * @throws InvalidOptionError without a phrase, for a phrase without letters or digits, and for a timeout that is not
   * above 0.
   */
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

  /** Whether the bot is awake. */
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

  /** Finds a phrase, which may span two transcripts. */
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

/** Returns the words of a text, each between spaces, so that "ada" is not found in "Canada". */
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
