import type { Frame } from "../../frames/index.ts";
import { RunningFunctionCalls } from "../aggregators/running-function-calls.ts";
import type { UserMuteStrategy } from "./user-mute-strategy.ts";

/** The bot does not listen while it runs functions. */
export class FunctionCallMuteStrategy implements UserMuteStrategy {
  readonly #calls = new RunningFunctionCalls();

  get muted(): boolean {
    return this.#calls.any;
  }

  hear(frame: Frame): void {
    this.#calls.hear(frame);
  }
}
