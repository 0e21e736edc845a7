import {
  EndTaskFrame,
  type Frame,
  HeartbeatFrame,
  isLifecycleFrame,
  PipelineFlushFrame,
  PipelineFlushUrgentFrame,
  StopTaskFrame,
} from "../../frames/index.ts";
import { matchesAny } from "../../pipeline/frame-types.ts";

const isForTask = matchesAny([
  EndTaskFrame,
  StopTaskFrame,
  PipelineFlushFrame,
  PipelineFlushUrgentFrame,
  HeartbeatFrame,
]);

/** Whether no filter may stop this frame: it is addressed to the task or to every processor, not to a neighbour. */
export function alwaysPasses(frame: Frame): boolean {
  return isLifecycleFrame(frame) || isForTask(frame);
}
