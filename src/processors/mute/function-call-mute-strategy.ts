import type { Frame } from "../../frames/index.ts";
import { RunningFunctionCalls } from "../aggregators/running-function-calls.ts";
import type { UserMuteStrategy } from "./user-mute-strategy.ts";

/** Mutes the user while functions run. */
export class FunctionCallMuteStrategy implements UserMuteStrategy {
  readonly #calls = new RunningFunctionCalls();

  get muted(): boolean {
    return this.#calls.isAnyRunning;
  }

  hear(frame: Frame): void {
    this.#calls.hear(frame);
  }
}
