import { nextTurn } from "../../util/next-turn.ts";
import { frameScheduler } from "./frame-scheduler.ts";

/** About 60 ms of frames: on a process with more of them than it can handle there is no moment without any. */
const MAX_TURNS = 20;

/**
 * Resolves when frames that were pushed before have crossed the pipeline, unless a handler is slow: in the next turn of the event
 * loop or, where so many are on their way that one turn is not enough, some turns later.
 */
export async function whenFramesCrossed(): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    await nextTurn();
    if (frameScheduler.idle) return;
  }
}
