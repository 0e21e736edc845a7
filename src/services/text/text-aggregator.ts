/** Makes units that can be spoken out of a stream of text. */
export interface TextAggregator {
  /** What a unit is: "sentence", "token" or a word of its own; told in `AggregatedTextFrame.aggregatedBy`. */
  readonly aggregatedBy: string;
  /**
   * Takes the next piece and returns the units that are now complete. The units and the rest, put together, are the text
   * as it came, white space and all.
   */
  add(text: string): readonly string[];
  /** The text is over: returns what is left, if anything. */
  flush(): string | undefined;
  /** Forgets what it has. */
  reset(): void;
}

/**
 * Every piece of text is a unit, at once: for services that take a stream of tokens. White space waits for the word behind
 * it: at the end of a unit it would be lost.
 */
export class TokenAggregator implements TextAggregator {
  readonly aggregatedBy = "token";
  #blank = "";

  add(text: string): readonly string[] {
    const all = this.#blank + text;
    const unit = all.trimEnd();
    this.#blank = all.slice(unit.length);
    return unit === "" ? [] : [unit];
  }

  flush(): string | undefined {
    const blank = this.#blank;
    this.#blank = "";
    return blank === "" ? undefined : blank;
  }

  reset(): void {
    this.#blank = "";
  }
}
