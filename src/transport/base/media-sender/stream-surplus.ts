import { isSilent } from "../../../audio/index.ts";
import { type OutputAudioRawFrame, SpeechOutputAudioRawFrame } from "../../../frames/index.ts";

/** More than this of a live stream is not needed ahead: it covers the jitter of its arrival. */
const ENOUGH_MS = 60;
/** Nothing is heard any more, or the stream has come in one piece after a stall: being late by this much helps nobody. */
const TOO_MUCH_MS = 1000;

/**
 * Whether audio of a live stream is left out, so that the stream is not heard ever later: its clock is not ours, and every
 * stall on the way makes it longer. Silence is left out first, since nobody misses it. `aheadMs` is what waits already.
 */
export function isSurplus(frame: OutputAudioRawFrame, aheadMs: number): boolean {
  if (!(frame instanceof SpeechOutputAudioRawFrame) || frame.capturedAtMs === undefined || aheadMs <= ENOUGH_MS)
    return false;
  return aheadMs > TOO_MUCH_MS || isSilent(frame.audio);
}
