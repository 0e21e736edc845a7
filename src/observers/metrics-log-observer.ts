import { type LLMTokenUsage, type MetricsData, MetricsFrame } from "../frames/index.ts";
import type { Observer, PushEvent } from "../pipeline/index.ts";
import { nearestRank } from "../util/nearest-rank.ts";
import { FirstSight } from "./first-sight.ts";
import { type LineTarget, createLineWriter } from "./line-writer.ts";
import { sanitizeLogText } from "./log-text.ts";

/** Options of a {@link MetricsLogObserver}. */
export interface MetricsLogObserverOptions {
  /** Where the lines are written: a function, or a logger at level "info". Default: standard error. */
  readonly to?: LineTarget;
  /** Print only these kinds. Default: all. */
  readonly only?: readonly MetricsData["kind"][];
  /**
   * Whether every measurement is printed as it arrives. If not, use {@link MetricsLogObserver.summary}. Default true.
   */
  readonly lines?: boolean;
}

const FRAMES_REMEMBERED = 256;
/** Values kept per kind and processor; the summary covers the latest. */
const VALUES_REMEMBERED = 1000;
const NAME_LENGTH = 32;

const LABELS: Readonly<Record<MetricsData["kind"], string>> = {
  ttfb: "first byte",
  ttfa: "first audio",
  ttfat: "first token",
  processing: "processing",
  textAggregation: "first sentence",
  avatar: "avatar",
  llmUsage: "tokens",
  ttsUsage: "characters",
  sttUsage: "audio",
};
const LABEL_LENGTH = Math.max(...Object.values(LABELS).map(({ length }) => length));

/** Measurements of one kind from one processor. */
interface Series {
  readonly name: string;
  readonly data: MetricsData;
  readonly values: number[];
  count: number;
  sum: number;
}

/**
 * Prints the measurements of processors, one line each in columns: time since the first frame, processor with its
 * model, kind, and value. {@link summary} is a table of all of them, for the end of a call. Needs `enableMetrics`
 * (times) and `enableUsageMetrics` (tokens, characters, audio) in the task's parameters.
 */
export class MetricsLogObserver implements Observer {
  readonly #write: (line: string) => void;
  readonly #only: ReadonlySet<MetricsData["kind"]> | undefined;
  readonly #lines: boolean;
  readonly #firstSight = new FirstSight(FRAMES_REMEMBERED);
  readonly #series = new Map<string, Series>();
  #originMs: number | undefined;
  #nameLength = 12;

  constructor(options: MetricsLogObserverOptions = {}) {
    this.#write = createLineWriter(options.to);
    this.#only = options.only && new Set(options.only);
    this.#lines = options.lines ?? true;
  }

  onPush({ frame, timeMs }: PushEvent): void {
    this.#originMs ??= timeMs;
    if (!(frame instanceof MetricsFrame) || !this.#firstSight.checkFirst(frame)) return;
    for (const data of frame.data) {
      if (this.#only?.has(data.kind) === false) continue;
      const name = toName(data);
      this.#note(name, data);
      if (this.#lines) this.#line(name, data, timeMs - this.#originMs);
    }
  }

  /**
   * Returns a table with a line per processor and kind: the count with median and 95th percentile, or the total for
   * usage.
   */
  summary(): string {
    const rows = [...this.#series.values()].map(({ name, data, values, count, sum }) => {
      const row = [name, LABELS[data.kind], String(count)];
      if (!("valueMs" in data)) return [...row, "", "", formatUsage(data.kind, sum)];
      const sorted = values.toSorted((a, b) => a - b);
      return [
        ...row,
        formatDuration(nearestRank(sorted, 0.5) ?? 0),
        formatDuration(nearestRank(sorted, 0.95) ?? 0),
        "",
      ];
    });
    return formatColumns([["processor", "measured", "count", "p50", "p95", "total"], ...rows]);
  }

  #line(name: string, data: MetricsData, sinceMs: number): void {
    // Columns only grow, so that they rarely shift.
    this.#nameLength = Math.max(this.#nameLength, name.length);
    const seconds = (sinceMs / 1000).toFixed(3).padStart(9);
    const label = LABELS[data.kind].padEnd(LABEL_LENGTH);
    this.#write(`${seconds}  ${name.padEnd(this.#nameLength)}  ${label}  ${formatValue(data)}`);
  }

  #note(name: string, data: MetricsData): void {
    const key = `${name} ${data.kind}`;
    const series = this.#series.get(key) ?? { name, data, values: [], count: 0, sum: 0 };
    this.#series.set(key, series);
    const value = toLoggedValue(data);
    series.count++;
    series.sum += value;
    series.values.push(value);
    if (series.values.length > VALUES_REMEMBERED) series.values.shift();
  }
}

function toName({ processor, model }: MetricsData): string {
  const name = sanitizeLogText(processor, NAME_LENGTH);
  return model === undefined ? name : `${name} (${sanitizeLogText(model, NAME_LENGTH)})`;
}

function toLoggedValue(data: MetricsData): number {
  if ("valueMs" in data) return data.valueMs;
  if (data.kind === "llmUsage") return data.usage.totalTokens;
  return data.kind === "ttsUsage" ? data.characters : data.audioMs;
}

function formatValue(data: MetricsData): string {
  if (data.kind === "avatar") return formatAvatar(data);
  if ("valueMs" in data) return formatDuration(data.valueMs);
  return data.kind === "llmUsage" ? formatTokens(data.usage) : formatUsage(data.kind, toLoggedValue(data));
}

function formatAvatar(data: Extract<MetricsData, { kind: "avatar" }>): string {
  const why = data.reason === undefined ? "" : ` (${data.reason})`;
  return `${formatDuration(data.valueMs)} ${data.state}, then ${data.next}${why}`;
}

function formatUsage(kind: MetricsData["kind"], value: number): string {
  return kind === "sttUsage" ? `${(value / 1000).toFixed(1)} s` : String(value);
}

function formatTokens(usage: LLMTokenUsage): string {
  const parts = [`${usage.promptTokens} in`, `${usage.completionTokens} out`];
  if (usage.cacheReadInputTokens !== undefined) parts.push(`${usage.cacheReadInputTokens} from cache`);
  if (usage.cacheCreationInputTokens !== undefined) parts.push(`${usage.cacheCreationInputTokens} to cache`);
  if (usage.reasoningTokens !== undefined) parts.push(`${usage.reasoningTokens} thinking`);
  return parts.join(", ");
}

/** Pads 3 ms and 30 s to the same width, so that a slow value stands out. */
function formatDuration(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`.padStart(8);
}

/** Aligns words to the left and numbers to the right. */
function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.trim().length ?? 0))) ?? [];
  const cell = (text: string, at: number): string => {
    const width = widths[at] ?? 0;
    return at < 2 ? text.padEnd(width) : text.trim().padStart(width);
  };
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
