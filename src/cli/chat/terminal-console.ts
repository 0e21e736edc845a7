import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { Readable } from "node:stream";
import { styleText } from "node:util";

import type { ChatConsole } from "./chat-console.ts";

const PROMPT = "user  ";
/** Rows of the screen that a growing line leaves free. */
const FREE_ROWS = 4;
/** What takes two columns: East Asian characters and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;

/** The part of a terminal that the console needs. */
export type Screen = NodeJS.WritableStream & { readonly columns: number; readonly rows: number };

/**
 * A chat in a terminal: the prompt stays at the bottom, and what the bot says grows above it. A line that was entered disappears
 * from the prompt: `print` shows it, in the order in which it was said.
 */
export class TerminalConsole implements ChatConsole {
  readonly isLive = true;
  readonly lines: AsyncIterable<string>;
  readonly #screen: Screen;
  readonly #input: Interface;
  #growing: string | undefined;
  #isClosed = false;

  constructor(input: Readable, screen: Screen, interrupt: () => void) {
    this.#screen = screen;
    this.#input = createInterface({ input, output: screen, prompt: PROMPT, terminal: true });
    // From now on: what is typed before the bot is ready is not lost.
    this.lines = this.#input[Symbol.asyncIterator]();
    // In raw mode, Ctrl-C is a key.
    this.#input.on("SIGINT", interrupt);
    this.#input.on("line", (line) => this.#redraw(() => {}, this.#countRows(`${PROMPT}${line}`)));
    this.#input.on("close", () => this.#close());
    this.#input.prompt();
  }

  print(line: string): void {
    this.#redraw(() => this.#screen.write(`${line}\n`));
  }

  grow(line: string | undefined): void {
    if (line !== this.#growing) this.#redraw(() => (this.#growing = line));
  }

  note(line: string): void {
    this.print(styleText("dim", line));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#input.close();
    return Promise.resolve();
  }

  /**
   * Removes prompt and growing line, lets `write` write above them, and shows them again. `rowsAbove`: the rows between the
   * growing line and the cursor's, if not those of the prompt.
   */
  #redraw(write: () => void, rowsAbove?: number): void {
    if (this.#isClosed) {
      write();
      return;
    }
    this.#clear(rowsAbove ?? this.#input.getCursorPos().rows);
    write();
    if (this.#growing !== undefined) this.#screen.write(`${this.#cut(this.#growing)}\n`);
    this.#input.prompt(true);
  }

  #clear(rowsAbove: number): void {
    const growingRows = this.#growing === undefined ? 0 : this.#countRows(this.#cut(this.#growing));
    moveCursor(this.#screen, 0, -(rowsAbove + growingRows));
    cursorTo(this.#screen, 0);
    clearScreenDown(this.#screen);
  }

  /** The prompt has no use any more. */
  #close(): void {
    if (this.#isClosed) return;
    this.#clear(this.#input.getCursorPos().rows);
    this.#isClosed = true;
    if (this.#growing !== undefined) this.#screen.write(`${this.#growing}\n`);
  }

  /** The end of a line that is longer than the screen. */
  #cut(line: string): string {
    const { rows, columns } = this.#screen;
    const most = Math.max(1, rows - FREE_ROWS) * columns;
    const characters = Array.from(line);
    let from = characters.length;
    for (let width = 1; from > 0 && width < most; from--) width += widthOf(characters[from - 1] ?? "");
    return from === 0 ? line : `…${characters.slice(from + 1).join("")}`;
  }

  #countRows(line: string): number {
    const width = Array.from(line).reduce((sum, character) => sum + widthOf(character), 0);
    return Math.max(1, Math.ceil(width / this.#screen.columns));
  }
}

function widthOf(character: string): number {
  return WIDE.test(character) ? 2 : 1;
}
