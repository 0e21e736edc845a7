import { InterimTranscriptionFrame, TranscriptionFrame } from "../../frames/index.ts";
import type { DailyOptions, TranscriptionMessage } from "../daily/call-controls.ts";

/** Pipecat's. The raw response says whether a transcript is preliminary. */
export const DEFAULT_TRANSCRIPTION_SETTINGS: DailyOptions = {
  language: "en",
  model: "nova-2-general",
  endpointing: true,
  punctuate: true,
  includeRawResponse: true,
  extra: { interim_results: true },
};

/** What Daily's transcription heard, as a speech-to-text service reports it. */
export function toTranscriptionFrame(
  { text, timestampMs, rawResponse }: TranscriptionMessage,
  userId: string,
  settings: DailyOptions,
): TranscriptionFrame | InterimTranscriptionFrame {
  const language = typeof settings.language === "string" ? settings.language : undefined;
  const fields = { text, userId, timestampMs, language, result: rawResponse };
  return isPreliminary(rawResponse) ? new InterimTranscriptionFrame(fields) : new TranscriptionFrame(fields);
}

/** Without a raw response, nothing says so. */
function isPreliminary(rawResponse: unknown): boolean {
  if (typeof rawResponse !== "object" || rawResponse === null) return false;
  return (rawResponse as Readonly<Record<string, unknown>>).is_final === false;
}
