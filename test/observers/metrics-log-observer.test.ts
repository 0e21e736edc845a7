import { describe, expect, it } from "vitest";

import { type MetricsData, MetricsFrame, TextFrame } from "../../src/frames/index.ts";
import { MetricsLogObserver, type MetricsLogObserverOptions } from "../../src/observers/index.ts";

/** Returns the log lines for these measurements, each at its time. */
function log(measured: readonly (readonly [atMs: number, data: MetricsData])[], options?: MetricsLogObserverOptions) {
  const lines: string[] = [];
  const observer = new MetricsLogObserver({ to: (line) => lines.push(line), ...options });
  const way = { source: "a", destination: "b", direction: "downstream" } as const;
  observer.onPush({ ...way, frame: new TextFrame("the first frame of all"), timeMs: 1000 });
  for (const [atMs, data] of measured) {
    const frame = new MetricsFrame([data]);
    // The frame passes many processors.
    for (const hop of [0, 1, 2]) observer.onPush({ ...way, frame, timeMs: 1000 + atMs + hop });
  }
  return { lines, summary: observer.summary() };
}

const llm = { processor: "OpenAILLMService", model: "gpt-5" };
const tts = { processor: "CartesiaTTSService" };
const usage = { promptTokens: 120, completionTokens: 30, totalTokens: 150, cacheReadInputTokens: 100 };

describe("MetricsLogObserver", () => {
  it("prints each measurement once, as a line in columns", () => {
    const { lines } = log([
      [1500, { ...llm, kind: "ttfb", valueMs: 312.4 }],
      [1600, { ...tts, kind: "ttfa", valueMs: 8.25 }],
      [2000, { ...llm, kind: "llmUsage", usage }],
      [2100, { ...tts, kind: "ttsUsage", characters: 64 }],
      [61_000, { processor: "STT", kind: "sttUsage", audioMs: 2340 }],
    ]);
    expect(lines).toEqual([
      "    1.500  OpenAILLMService (gpt-5)  first byte        312 ms",
      "    1.600  CartesiaTTSService        first audio       8.3 ms",
      "    2.000  OpenAILLMService (gpt-5)  tokens          120 in, 30 out, 100 from cache",
      "    2.100  CartesiaTTSService        characters      64",
      "   61.000  STT                       audio           2.3 s",
    ]);
  });

  it("summarizes in a table", () => {
    const times = Array.from(
      { length: 20 },
      (_, at) => [at, { ...llm, kind: "ttfb", valueMs: (at + 1) * 10 }] as const,
    );
    const { summary, lines } = log(
      [...times, [30, { ...llm, kind: "llmUsage", usage }], [31, { ...llm, kind: "llmUsage", usage }]],
      { lines: false },
    );
    expect(lines).toEqual([]);
    expect(summary.split("\n")).toEqual([
      "processor                 measured    count     p50     p95  total",
      "OpenAILLMService (gpt-5)  first byte     20  100 ms  190 ms",
      "OpenAILLMService (gpt-5)  tokens          2                    300",
    ]);
  });

  it("prints only the selected kinds", () => {
    const { lines } = log(
      [
        [1, { ...llm, kind: "ttfb", valueMs: 1 }],
        [2, { ...tts, kind: "ttsUsage", characters: 2 }],
      ],
      {
        only: ["ttsUsage"],
      },
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("characters");
  });

  it("escapes names that contain terminal controls", () => {
    const { lines } = log([[1, { processor: "evil\u001b[2J\nname", kind: "ttfb", valueMs: 1 }]]);
    expect(lines[0]).not.toMatch(/[\u0000-\u001f]/u);
  });

  it("keeps bounded memory", () => {
    const many = Array.from({ length: 5000 }, (_, at) => [at, { ...llm, kind: "ttfb", valueMs: at }] as const);
    expect(log(many, { lines: false }).summary).toMatch(/5000 +4499 ms +4949 ms/);
  });
});
