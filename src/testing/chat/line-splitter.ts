/** Longer lines are cut: nothing that prints without a line feed may fill the memory. */
const MAX_LENGTH = 10_000;

/** Cuts text that arrives in pieces into lines. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n/);
    this.#rest = (lines.pop() ?? "").slice(0, MAX_LENGTH);
    for (const line of lines) this.#onLine(line.slice(0, MAX_LENGTH));
  }

  /** No text follows: what is left is a line. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
