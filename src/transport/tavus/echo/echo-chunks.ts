import { echoAudioMessage } from "../../../api/events/interactions.ts";
import { InvalidOptionError } from "../../../util/errors.ts";

/** Longer chunks only add delay. */
const MAX_CHUNK_MS = 100;
/** Shorter chunks are mostly envelope. */
const MIN_CHUNK_MS = 5;
const SAMPLE_INFERENCE_ID = "00000000-0000-4000-8000-000000000000";

/**
 * How many samples fit into one echo message of at most `maxCharacters` of JSON.
 *
 * @throws InvalidOptionError when not even 5 ms do.
 */
export function getEchoChunkSamples(conversationId: string, sampleRate: number, maxCharacters: number): number {
  const empty = { inferenceId: SAMPLE_INFERENCE_ID, audio: "", sampleRate, done: false };
  const envelope = JSON.stringify(echoAudioMessage(conversationId, empty)).length;
  // Base64 makes four characters of three bytes; a sample has two.
  const fitting = Math.floor((Math.floor((maxCharacters - envelope) / 4) * 3) / 2);
  const wanted = Math.floor((sampleRate * MAX_CHUNK_MS) / 1000);
  if (fitting < (sampleRate * MIN_CHUNK_MS) / 1000) {
    throw new InvalidOptionError(
      "maxMessageBytes",
      `${maxCharacters} characters leave no room for audio next to ${envelope} of envelope; raise it or use the track.`,
    );
  }
  return Math.min(fitting, wanted);
}

export function pcmToBase64(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString("base64");
}
