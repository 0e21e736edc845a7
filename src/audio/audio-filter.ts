import type { AudioStage } from "./audio-stage.ts";

/**
 * Filters the users' audio, for example to suppress noise. It processes one stream: with several users in a room it
 * gets the audio of all of them in turn.
 */
export interface AudioFilter extends AudioStage {
  /**
   * Returns the filtered audio: `pcm` itself or an array of its own. Frames share `pcm`: do not write into it. Returns
   * undefined while the filter buffers input before its first output.
   */
  process(pcm: Int16Array): Int16Array | undefined;
}
