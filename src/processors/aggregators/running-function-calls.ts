import {
  FunctionCallCancelFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  type Frame,
} from "../../frames/index.ts";

/** Tracks by frames which function calls are running. */
export class RunningFunctionCalls {
  readonly #ids = new Set<string>();

  get isAnyRunning(): boolean {
    return this.#ids.size > 0;
  }

  hear(frame: Frame): void {
    if (frame instanceof FunctionCallsStartedFrame) {
      for (const { toolCallId } of frame.functionCalls) this.#ids.add(toolCallId);
    } else if (frame instanceof FunctionCallResultFrame) {
      if (frame.isFinal) this.#ids.delete(frame.call.toolCallId);
    } else if (frame instanceof FunctionCallCancelFrame) {
      this.#ids.delete(frame.call.toolCallId);
    }
  }
}
