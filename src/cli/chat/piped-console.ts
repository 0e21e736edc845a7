import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";

import type { ChatConsole } from "./chat-console.ts";

/** A chat whose lines come from a pipe or a file: one line per turn. */
export class PipedConsole implements ChatConsole {
  readonly isLive = false;
  readonly #write: (line: string) => void;
  readonly #writeNote: (line: string) => void;
  readonly #input: Readable;
  #lines: Interface | undefined;

  constructor(input: Readable, write: (line: string) => void, writeNote: (line: string) => void) {
    this.#input = input;
    this.#write = write;
    this.#writeNote = writeNote;
  }

  /** The input is read only when its lines are wanted: a script needs none. */
  get lines(): AsyncIterable<string> {
    this.#lines ??= createInterface({ input: this.#input, terminal: false });
    return this.#lines;
  }

  print(line: string): void {
    this.#write(line);
  }

  grow(): void {}

  note(line: string): void {
    this.#writeNote(line);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#lines?.close();
    // An input that is still open keeps the process alive.
    if (this.#lines) this.#input.destroy();
    return Promise.resolve();
  }
}
