import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { type Screen, TerminalConsole } from "../../src/cli/chat/terminal-console.ts";

/** A screen that understands what readline writes: carriage returns, line feeds, and moving and clearing. */
class TestScreen {
  readonly columns: number;
  readonly rows = 10;
  readonly stream: Screen;
  readonly #cells: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 20) {
    this.columns = columns;
    const stream = new PassThrough();
    stream.on("data", (data: Buffer) => this.#show(data.toString()));
    this.stream = Object.assign(stream, { columns, rows: this.rows });
  }

  get lines(): string[] {
    return this.#cells.map((cells) => cells.join("").trimEnd());
  }

  #show(text: string): void {
    for (const [, parameter = "", command, character = ""] of text.matchAll(/\u001b\[(\d*)([A-Z])|([^])/gu)) {
      const count = parameter === "" ? 1 : Number(parameter);
      if (command === "A") {
        this.#row = Math.max(0, this.#row - count);
      } else if (command === "C") {
        this.#column += count;
      } else if (command === "G") {
        this.#column = count - 1;
      } else if (command === "J") {
        this.#cells.length = this.#row + 1;
        this.#cells[this.#row]!.length = Math.min(this.#cells[this.#row]!.length, this.#column);
      } else if (command !== undefined) {
        throw new Error(`The screen does not know ${command}.`);
      } else {
        this.#put(character);
      }
    }
  }

  #put(character: string): void {
    if (character === "\r") {
      this.#column = 0;
    } else if (character === "\n") {
      this.#row++;
      this.#column = 0;
    } else {
      if (this.#column >= this.columns) {
        this.#row++;
        this.#column = 0;
      }
      const cells = (this.#cells[this.#row] ??= []);
      while (cells.length < this.#column) cells.push(" ");
      cells[this.#column++] = character;
    }
    this.#cells[this.#row] ??= [];
  }
}

async function open(columns?: number) {
  const screen = new TestScreen(columns);
  const keys = new PassThrough();
  let interrupts = 0;
  const console = new TerminalConsole(keys, screen.stream, () => interrupts++);
  const type = async (text: string): Promise<void> => {
    keys.write(text);
    await turn();
    await turn();
  };
  await turn();
  return { screen, console, type, interrupts: () => interrupts };
}

describe("a chat in a terminal", () => {
  it("keeps the prompt, and what is typed there, below what is printed", async () => {
    const { screen, console, type } = await open();
    await type("Hel");
    console.print("bot   Welcome.");
    await type("lo");
    console.print("call  price");
    await turn();
    expect(screen.lines).toEqual(["bot   Welcome.", "call  price", "user  Hello"]);
  });

  it("lets a line grow in its place, over several rows, and replaces it by what is printed", async () => {
    const { screen, console, type } = await open();
    console.print("bot   Welcome.");
    await type("Stop");
    for (const text of ["bot   One", "bot   One two three", "bot   One two three four five"]) console.grow(text);
    await turn();
    expect(screen.lines).toEqual(["bot   Welcome.", "bot   One two three", "four five", "user  Stop"]);
    console.grow(undefined);
    console.print("bot   One two.");
    await turn();
    expect(screen.lines).toEqual(["bot   Welcome.", "bot   One two.", "user  Stop"]);
  });

  it("takes an entered line away, also a long one over a growing line, and passes it on", async () => {
    const { screen, console, type } = await open();
    console.grow("bot   One two");
    await type("A line that is longer than the screen.\r");
    expect(screen.lines).toEqual(["bot   One two", "user"]);
    for await (const line of console.lines) {
      expect(line).toBe("A line that is longer than the screen.");
      break;
    }
  });

  it("shows only the end of what is longer than the screen", async () => {
    const { screen, console } = await open();
    console.print("above");
    console.grow(`bot   ${"x".repeat(200)}end`);
    await turn();
    expect(screen.lines).toHaveLength(8);
    expect([screen.lines[0], screen.lines[1]?.startsWith("…x"), screen.lines[6]?.endsWith("end")]).toEqual([
      "above",
      true,
      true,
    ]);
    console.grow(undefined);
    await turn();
    expect(screen.lines).toEqual(["above", "user"]);
  });

  it("passes Ctrl-C on, and leaves no prompt behind when it closes", async () => {
    const { screen, console, type, interrupts } = await open();
    console.grow("bot   One");
    await type("abc\u0003");
    expect(interrupts()).toBe(1);
    await console[Symbol.asyncDispose]();
    console.note("Bye.");
    await turn();
    expect(screen.lines).toEqual(["bot   One", "Bye.", ""]);
  });
});
