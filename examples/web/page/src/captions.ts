/** What the bot has said, is saying or is about to say: usually a sentence. */
export interface Segment {
  readonly id: number | undefined;
  readonly text: string;
  /** How many characters of the text have been heard. */
  heard: number;
  /** Whether it was interrupted: what has not been heard will not be. */
  isCut: boolean;
}

/** What one side says until the other one takes over. */
export type Turn =
  | {
      readonly who: "you";
      /** What is certain. */
      text: string;
      /** What the speech-to-text service still considers; replaced as it learns more. */
      interim: string;
    }
  | {
      readonly who: "bot";
      readonly segments: Segment[];
      /** From the end of the user's turn to the bot's voice, in ms. */
      latencyMs: number | undefined;
    };

/** The message `bot-output` of RTVI 2, as far as captions need it. */
export interface BotOutput {
  readonly text: string;
  readonly segment_id?: number;
  readonly will_be_spoken?: boolean;
  readonly spoken_status?: "new" | "in-progress" | "completed";
  readonly spoken_progress?: { readonly accumulated_text: string };
}

/** How many turns are kept. */
const MAX_TURNS = 200;

/** The conversation as text. The bot's part follows what is heard, word by word, and not what was generated. */
export class Captions {
  readonly turns: Turn[] = [];
  readonly #changed: (turn: Turn) => void;

  /** `changed` is called with each turn that is new or has changed. */
  constructor(changed: (turn: Turn) => void) {
    this.#changed = changed;
  }

  /** The user spoke. Interim words are replaced by the next ones. */
  userSaid(text: string, isFinal: boolean): void {
    const turn = this.#userTurn();
    if (isFinal) {
      turn.text = `${turn.text} ${text}`.trim();
      turn.interim = "";
    } else turn.interim = text;
    this.#changed(turn);
  }

  /** The user typed. */
  userTyped(text: string): void {
    const turn = this.#add({ who: "you", text, interim: "" });
    this.#changed(turn);
  }

  /** A message `bot-output`. */
  botOutput(output: BotOutput): void {
    const { text, segment_id: id, spoken_status: status, spoken_progress: progress } = output;
    const known = id === undefined ? undefined : this.#find(id);
    const isSpoken = output.will_be_spoken !== false;
    const turn = known?.turn ?? this.#botTurn();
    const segment = known?.segment ?? { id, text, heard: isSpoken ? 0 : text.length, isCut: false };
    if (!known) turn.segments.push(segment);
    // Heard words stay heard, in whatever order messages arrive.
    if (status === "completed" && !segment.isCut) segment.heard = segment.text.length;
    else if (progress) segment.heard = Math.max(segment.heard, progress.accumulated_text.length);
    this.#changed(turn);
  }

  /** The user interrupted the bot: what has not been heard is cut. */
  botInterrupted(): void {
    for (const turn of this.turns) {
      if (turn.who === "you") continue;
      const unheard = turn.segments.filter(({ heard, text, isCut }) => heard < text.length && !isCut);
      for (const segment of unheard) segment.isCut = true;
      if (unheard.length > 0) this.#changed(turn);
    }
  }

  /** The bot started to speak this long after the user's turn. */
  botAnswered(latencyMs: number): void {
    const turn = this.#botTurn();
    turn.latencyMs ??= latencyMs;
    this.#changed(turn);
  }

  #find(id: number): { turn: Turn & { who: "bot" }; segment: Segment } | undefined {
    for (const turn of this.turns.toReversed()) {
      if (turn.who === "you") continue;
      const segment = turn.segments.find((one) => one.id === id);
      if (segment) return { turn, segment };
    }
    return undefined;
  }

  #userTurn(): Turn & { who: "you" } {
    const last = this.turns.at(-1);
    return last?.who === "you" ? last : this.#add({ who: "you", text: "", interim: "" });
  }

  #botTurn(): Turn & { who: "bot" } {
    const last = this.turns.at(-1);
    return last?.who === "bot" ? last : this.#add({ who: "bot", segments: [], latencyMs: undefined });
  }

  #add<T extends Turn>(turn: T): T {
    this.turns.push(turn);
    if (this.turns.length > MAX_TURNS) this.turns.shift();
    return turn;
  }
}
