/** Splits a stream of text into units to speak. */
export interface TextAggregator {
  /** Kind of unit: "sentence", "token" or a custom name. It becomes `AggregatedTextFrame.aggregatedBy`. */
  readonly aggregatedBy: string;
  /**
   * Takes the next piece of text and returns the units that are now complete. Units and rest, joined, must be the
   * original text including white space.
   */
  add(text: string): readonly string[];
  /** Ends the text and returns the rest, if any. */
  flush(): string | undefined;
  /** Drops the collected text. */
  reset(): void;
}

/**
 * Makes every piece of text a unit at once, for services that take a stream of tokens. Trailing white space waits for
 * the next word: at the end of a unit it would be lost.
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
