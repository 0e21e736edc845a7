import type { Frame } from "../../frames/index.ts";
import type { Logger } from "../../util/logger.ts";

/** Counts frames that an output had to refuse, and warns once per kind, destination and reason. */
export class RefusedFrames {
  readonly #counts = new Map<string, number>();

  /** Frames refused so far. */
  get count(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Counts a frame. `transport` and `why` are for the warning; an undefined destination is the default one. */
  refuse(logger: Logger, transport: string, frame: Frame, destination: string | undefined, why: string): void {
    const where = destination === undefined ? "the default destination" : `destination "${destination}"`;
    const key = `${frame.kind} for ${where} was refused: ${why}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count === 1) logger.warn(`${transport}: ${key} Later ones are only counted.`, { frame: frame.name });
  }
}
