import type { AudioStage } from "./audio-stage.ts";

/** Noise suppression and the like, for what users say. One stream: with several users in a room it hears them all in turn. */
export interface AudioFilter extends AudioStage {
  /**
   * The filtered audio: `pcm` itself, or an array of its own. Frames share `pcm`: do not write in it. Undefined while it
   * gathers more before it can give any.
   */
  process(pcm: Int16Array): Int16Array | undefined;
}
