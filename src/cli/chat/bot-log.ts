import { closeSync, openSync, writeSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

import { asError } from "../../util/errors.ts";
import { makePrintable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

/** Where the lines go that a bot prints: to a file as they are, or elsewhere without what controls a terminal. */
export class BotLog implements Disposable {
  readonly #file: number | undefined;
  readonly #note: (line: string) => void;

  /** Throws a UsageError for a file that cannot be written. */
  constructor(path: string | undefined, note: (line: string) => void) {
    this.#note = note;
    if (path === undefined) return;
    try {
      this.#file = openSync(path, "w");
    } catch (thrown) {
      throw new UsageError(`--log: ${path} cannot be written (${asError(thrown).message}).`);
    }
  }

  add(line: string): void {
    if (this.#file === undefined)
      this.#note(`| ${makePrintable(stripVTControlCharacters(line).replaceAll("\t", "  "))}`);
    else writeSync(this.#file, `${line}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
