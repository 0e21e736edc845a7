import type { MetricsData } from "../frames/index.ts";
import { withoutUndefined } from "../util/without-undefined.ts";
import type { MetricsLists } from "./messages.ts";

/** Measurements as RTVI names them. Times are in seconds there; what it has no name for is left out. */
export function toMetricsLists(data: readonly MetricsData[]): MetricsLists {
  const lists: Record<string, Record<string, unknown>[]> = {};
  for (const measurement of data) {
    const entry = toEntry(measurement);
    if (!entry) continue;
    const { processor, model } = measurement;
    (lists[entry.list] ??= []).push(withoutUndefined({ processor, model, ...entry.fields }));
  }
  return lists;
}

function toEntry(data: MetricsData): { readonly list: string; readonly fields: Record<string, unknown> } | undefined {
  switch (data.kind) {
    case "ttfb":
    case "processing":
      return { list: data.kind, fields: { value: data.valueMs / 1000 } };
    case "ttfa":
    case "ttfat":
      return { list: data.kind, fields: { [data.kind]: data.valueMs / 1000, value: data.valueMs / 1000 } };
    case "llmUsage":
      return {
        list: "tokens",
        fields: {
          prompt_tokens: data.usage.promptTokens,
          completion_tokens: data.usage.completionTokens,
          total_tokens: data.usage.totalTokens,
          cache_read_input_tokens: data.usage.cacheReadInputTokens,
          cache_creation_input_tokens: data.usage.cacheCreationInputTokens,
          reasoning_tokens: data.usage.reasoningTokens,
        },
      };
    case "ttsUsage":
      return { list: "characters", fields: { value: data.characters } };
    case "sttUsage":
      return { list: "stt_usage", fields: { value: { audio_seconds: data.audioMs / 1000 } } };
    case "textAggregation":
    case "avatar":
      return undefined;
  }
}
