import { BotStartedSpeakingFrame, BotStoppedSpeakingFrame, type Frame } from "../../frames/index.ts";
import type { UserMuteStrategy } from "./user-mute-strategy.ts";

/** Mutes the user while the bot speaks, so that nothing interrupts it. */
export class AlwaysMuteStrategy implements UserMuteStrategy {
  #muted = false;

  get muted(): boolean {
    return this.#muted;
  }

  hear(frame: Frame): void {
    if (frame instanceof BotStartedSpeakingFrame) this.#muted = true;
    else if (frame instanceof BotStoppedSpeakingFrame) this.#muted = false;
  }
}
