import { BotStartedSpeakingFrame, BotStoppedSpeakingFrame, type Frame } from "../../frames/index.ts";
import type { UserMuteStrategy } from "./user-mute-strategy.ts";

/** Mutes the user during the bot's first utterance. What the user says before it counts. */
export class FirstSpeechMuteStrategy implements UserMuteStrategy {
  #phase: "before" | "speaking" | "after" = "before";

  get muted(): boolean {
    return this.#phase === "speaking";
  }

  hear(frame: Frame): void {
    if (frame instanceof BotStartedSpeakingFrame && this.#phase === "before") this.#phase = "speaking";
    else if (frame instanceof BotStoppedSpeakingFrame && this.#phase === "speaking") this.#phase = "after";
  }
}
