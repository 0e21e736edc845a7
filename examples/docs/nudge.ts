// A timer: says something after a while of silence.
import {
  BotStoppedSpeakingFrame,
  type Frame,
  type FrameDirection,
  FrameProcessor,
  type ProcessContext,
  TTSSpeakFrame,
  UserStartedSpeakingFrame,
} from "tavus-transport";

export class Nudge extends FrameProcessor {
  #timer: unknown;

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    if (frame instanceof UserStartedSpeakingFrame) this.#stop();
    else if (frame instanceof BotStoppedSpeakingFrame) this.#start();
  }

  override async cleanup(): Promise<void> {
    this.#stop();
    await super.cleanup();
  }

  #start(): void {
    this.#stop();
    this.#timer = this.clock.setTimeout(() => this.push(new TTSSpeakFrame("Are you still there?")), 8000);
  }

  #stop(): void {
    this.clock.clearTimeout(this.#timer);
  }
}
