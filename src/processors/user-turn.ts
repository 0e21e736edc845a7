import {
  type Frame,
  type FrameDirection,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";

/**
 * Makes turns of voice activity: the user's turn begins and ends with it, and beginning to speak interrupts the bot.
 * Put it behind a VAD processor.
 */
export class UserTurnProcessor extends FrameProcessor {
  constructor() {
    super({ name: "UserTurnProcessor" });
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    context.push(frame, direction);
    if (direction !== "downstream") return;
    if (frame instanceof VADUserStartedSpeakingFrame) {
      context.broadcast(() => new UserStartedSpeakingFrame());
      context.broadcastInterruption();
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      context.broadcast(() => new UserStoppedSpeakingFrame());
    }
  }
}
