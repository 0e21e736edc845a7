import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { styleText } from "node:util";

import type { ChatConsole } from "./chat-console.ts";

const PROMPT = "you   ";
/** Rows of the screen that a growing line leaves free. */
const FREE_ROWS = 4;

/** A chat in a terminal: the prompt stays at the bottom, and what the bot says grows above it. */
export class TerminalConsole implements ChatConsole {
  readonly isLive = true;
  readonly #output: WriteStream;
  readonly #input: Interface;
  #growing: string | undefined;
  #isClosed = false;

  constructor(input: ReadStream, output: WriteStream, interrupt: () => void) {
    this.#output = output;
    this.#input = createInterface({ input, output, prompt: PROMPT, terminal: true });
    // In raw mode, Ctrl-C is a key.
    this.#input.on("SIGINT", interrupt);
    this.#input.on("close", () => (this.#isClosed = true));
    this.#input.prompt();
  }

  get lines(): AsyncIterable<string> {
    return this.#input;
  }

  print(line: string): void {
    this.#redraw(() => this.#output.write(`${line}\n`));
  }

  grow(line: string | undefined): void {
    if (line === this.#growing) return;
    this.#redraw(() => (this.#growing = line));
  }

  note(line: string): void {
    this.print(styleText("dim", line));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#input.close();
    return Promise.resolve();
  }

  /** Removes prompt and growing line, lets `write` write above them, and shows them again. */
  #redraw(write: () => void): void {
    const output = this.#output;
    if (!this.#isClosed) {
      moveCursor(output, 0, -(this.#input.getCursorPos().rows + this.#growingRows));
      cursorTo(output, 0);
      clearScreenDown(output);
    }
    write();
    if (this.#isClosed) return;
    if (this.#growing !== undefined) output.write(`${this.#shownGrowing}\n`);
    this.#input.prompt(true);
  }

  /** The growing line, or its end where it is longer than the screen. */
  get #shownGrowing(): string {
    const { rows, columns } = this.#output;
    const most = Math.max(1, rows - FREE_ROWS) * columns;
    const line = this.#growing ?? "";
    return line.length <= most ? line : `…${line.slice(line.length - most + 1)}`;
  }

  get #growingRows(): number {
    if (this.#growing === undefined) return 0;
    return Math.max(1, Math.ceil(this.#shownGrowing.length / this.#output.columns));
  }
}
