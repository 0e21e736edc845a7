import {
  EndTaskFrame,
  HeartbeatFrame,
  PipelineFlushFrame,
  StopTaskFrame,
  isLifecycleFrame,
} from "../../frames/index.ts";
import type { Frame } from "../../frames/index.ts";
import { isOneOf } from "../../pipeline/index.ts";

const isForTheTask = isOneOf([EndTaskFrame, StopTaskFrame, PipelineFlushFrame, HeartbeatFrame]);

/** Frames that no filter may hold up: they are between the task and every processor, not between neighbours. */
export function alwaysPasses(frame: Frame): boolean {
  return isLifecycleFrame(frame) || isForTheTask(frame);
}
