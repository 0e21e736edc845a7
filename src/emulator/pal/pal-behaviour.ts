import { InvalidOptionError } from "../../util/errors.ts";
import type { PalVideo } from "./pal-face.ts";
import type { PalFailure } from "./pal-failure.ts";

/** How the pals of an emulator behave. */
export interface PalBehaviour {
  /** "early": in the room before the create call is answered. "late": after `joinDelayMs`. Default "late". */
  readonly join?: "early" | "late" | "never";
  /** Delay of "late", in milliseconds. Default 200; a real face takes seconds to boot. */
  readonly joinDelayMs?: number;
  /** A second session of the same pal joins too, as after a reconnect that the room has not noticed. Default false. */
  readonly twice?: boolean;
  /** Leaves this long after it joined, in milliseconds. Default: it stays. */
  readonly leaveAfterMs?: number;
  /** From hearing a word to saying it, in milliseconds. Default 0, so that measurements show the transport and not a guess. */
  readonly renderLatencyMs?: number;
  /**
   * With tracks: after an interruption it ignores the track until it was silent for this long. Default 120 ms. What a real pal
   * does is not documented.
   */
  readonly interruptionSilenceMs?: number;
  /** How it fails, in every conversation or in the first ones. Default: it does not. {@link Pal.failLater} is for one pal. */
  readonly failure?: PalFailure;
  /** Its camera picture. Default: 320 × 240 at 30 pictures per second. */
  readonly video?: PalVideo;
}

/** Rejects values that cannot work. Throws an InvalidOptionError. */
export function checkPalBehaviour({ failure = { kind: "leave" }, video = {} }: PalBehaviour): void {
  for (const name of ["afterSpeechMs", "afterMs", "recoverAfterMs", "conversations"] as const) {
    const value = failure[name] ?? 0;
    if (!(value >= 0)) throw new InvalidOptionError(`pal.failure.${name}`, "must not be negative.");
  }
  const { width = 320, height = 240, fps = 30 } = video;
  const fits = (value: number, least: number, most: number): boolean => value >= least && value <= most;
  if (width % 2 !== 0 || height % 2 !== 0 || !fits(width, 64, 1280) || !fits(height, 48, 720))
    throw new InvalidOptionError("pal.video", "must have an even width of 64 to 1280 and an even height of 48 to 720.");
  if (!fits(fps, 1, 60)) throw new InvalidOptionError("pal.video.fps", "must be 1 to 60.");
}
