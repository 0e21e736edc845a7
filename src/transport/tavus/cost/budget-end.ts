import type { SpentBudget } from "../../../api/cost/index.ts";
import { EndTaskFrame, TTSSpeakFrame, type Frame, type FrameDirection } from "../../../frames/index.ts";
import type { Clock, TimerHandle } from "../../../util/clock.ts";

/** Why a task ends whose budget is spent. */
export function toEndReason({ scope }: SpentBudget): string {
  return `the budget of the ${scope} is spent`;
}

/** Asks the task for its end, from the start of the pipeline, where a goodbye can be said ahead of it. */
export function pushBudgetEnd(
  spent: SpentBudget,
  goodbye: string | undefined,
  push: (frame: Frame, direction?: FrameDirection) => void,
): void {
  if (goodbye !== undefined) push(new TTSSpeakFrame(goodbye, { interruptible: false }));
  push(new EndTaskFrame(toEndReason(spent)), "upstream");
}

type State =
  | { readonly is: "within" }
  | { readonly is: "ending"; readonly clock: Clock; readonly timer: TimerHandle }
  | { readonly is: "over" };

/** The deadline of a call whose budget is spent: it ends by itself, or it is cancelled. */
export class BudgetEnd {
  #state: State = { is: "within" };

  /** From here on the call has `timeoutMs` to end. False when it had that time before, or is over. */
  begin(clock: Clock, timeoutMs: number, cancel: () => void): boolean {
    if (this.#state.is !== "within") return false;
    this.#state = { is: "ending", clock, timer: clock.setTimeout(cancel, timeoutMs) };
    return true;
  }

  /** The call is over. Idempotent. */
  close(): void {
    if (this.#state.is === "ending") this.#state.clock.clearTimeout(this.#state.timer);
    this.#state = { is: "over" };
  }
}
