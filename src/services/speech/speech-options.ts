import { InvalidOptionError } from "../../util/errors.ts";
import type { TextAggregator } from "../text/text-aggregator.ts";

/**
 * Throws for the aggregation "token": each text is spoken to its end before the next one is sent, which would tear words
 * apart.
 */
export function checkSpeaksSentences(aggregation: "sentence" | "token" | TextAggregator | undefined): void {
  if (aggregation === "token")
    throw new InvalidOptionError("aggregation", 'must be "sentence", or an aggregator that makes whole phrases.');
}

/** Throws for a sample rate that the vendor does not offer. */
export function checkSampleRate(sampleRate: number, offered: readonly number[], service: string): void {
  if (offered.includes(sampleRate)) return;
  const rates = offered.join(", ");
  throw new InvalidOptionError("sampleRate", `must be one of ${rates} for ${service}; the transport resamples.`);
}
