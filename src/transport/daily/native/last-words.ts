import { withoutQueries } from "../../../util/url-text.ts";

const MOST_BYTES = 4096;
const MOST_CHARS = 600;
const MOST_LINES = 6;

/** What looks like a token or a key: nothing else is that long without a separator. */
const SECRET = /[\w+=~.-]{40,}/g;

/** Keeps the end of what a process printed, for the error that says that it died. */
export class LastWords {
  #kept = "";

  add(printed: string): void {
    this.#kept = (this.#kept + printed).slice(-MOST_BYTES);
  }

  /** The last lines, short and without secrets; empty when nothing was printed. */
  toString(): string {
    const lines = this.#kept.split("\n").filter((line) => line.trim() !== "");
    return withoutQueries(lines.slice(-MOST_LINES).join("\n")).replace(SECRET, "[…]").slice(-MOST_CHARS);
  }
}
