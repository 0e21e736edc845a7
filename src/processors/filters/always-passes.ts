import {
  EndTaskFrame,
  type Frame,
  HeartbeatFrame,
  isLifecycleFrame,
  PipelineFlushFrame,
  StopTaskFrame,
} from "../../frames/index.ts";
import { matchesAny } from "../../pipeline/index.ts";

const isForTheTask = matchesAny([EndTaskFrame, StopTaskFrame, PipelineFlushFrame, HeartbeatFrame]);

/** Frames that no filter may hold up: they are between the task and every processor, not between neighbours. */
export function alwaysPasses(frame: Frame): boolean {
  return isLifecycleFrame(frame) || isForTheTask(frame);
}
