import { TransportError } from "../../util/errors.ts";

/** Options that cannot work; every problem is listed, so that one round mends them all. */
export class OptionsError extends TransportError {
  readonly code = "invalidOptions";
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(
      [`${what}: ${problems.length === 1 ? "one problem" : `${problems.length} problems`}.`, ...problems].join("\n  "),
    );
    this.problems = problems;
  }
}
