import { LATENCY_STAGES } from "../../src/observers/index.ts";
import type { Percentiles } from "../lib/percentiles.ts";
import { alignColumns } from "../lib/columns.ts";
import { describeLoads } from "../lib/quiet-runs.ts";
import { CONFIGURED, type ServicesReport, TARGET_MS } from "./run.ts";

const HEAD = ["", "configured, ms", "p50, ms", "p95, ms", "max, ms", "n"] as const;

/** What each stage of the bot's own report is made of. */
const WHAT: Readonly<Record<string, readonly [name: string, configuredMs: number]>> = {
  vad: ["vad: the end of speech is noticed", CONFIGURED.vad],
  transcript: ["transcript: Deepgram's last word on it", CONFIGURED.transcript],
  turn: ["turn: it is the model's turn", 0],
  llm: ["llm: OpenAI's first token", CONFIGURED.llm],
  sentence: ["sentence: the first one is given to the voice", 0],
  tts: ["tts: Cartesia's first audio", CONFIGURED.tts],
  output: ["output: it is at the transport", 0],
  playout: ["playout: the pal begins to say it", CONFIGURED.pal],
};

function row(name: string, configuredMs: number, { p50, p95, max, n, lost }: Percentiles): readonly string[] {
  const lostText = lost === 0 ? "" : `, ${lost} never`;
  return [name, String(configuredMs), ...[p50, p95, max].map((value) => String(value ?? "–")), `${n}${lostText}`];
}

function table(report: ServicesReport): readonly (readonly string[])[] {
  const sum = Object.values(CONFIGURED).reduce((total, ms) => total + ms, 0);
  return [
    HEAD,
    ...LATENCY_STAGES.flatMap((stage) => {
      const [name, configuredMs] = WHAT[stage] ?? [stage, 0];
      const measured = report.stages[stage];
      return measured ? [row(name, configuredMs, measured)] : [];
    }),
    row("the user's last sound → the pal's first", sum, report.toPalMs),
    row("the user's last sound → the pal's first, at the user's ear", sum, report.toEarMs),
    row("overhead: the bot's stages beyond what is configured", 0, report.overheadMs),
    row("overhead from the user's last sound to the pal's first, with the room", 0, report.overheadWithRoomMs),
  ];
}

const INTRO =
  "A bot on the adapters of Deepgram, OpenAI and Cartesia answers in a room of the emulator. The vendors are local fakes that take as " +
  "long as is configured, and so does the pal; the bot is a process of its own. Stages are the report of LatencyObserver, from the end of " +
  "speech as the bot hears it. The room is in the last rows: a jitter buffer of 15 to 40 ms in each direction.";

function verdict({ overheadMs, overheadWithRoomMs, ok }: ServicesReport): string {
  const [stages, withRoom] = [overheadMs, overheadWithRoomMs].map(({ p50 }) => `${p50 ?? "–"} ms`);
  const target = `target ${TARGET_MS} ms: ${ok ? "met" : "missed"}`;
  return `Overhead at p50 from the user's last sound to the pal's first: ${withRoom}; ${target}. In the bot's stages: ${stages}.`;
}

export function asText(report: ServicesReport): string {
  const lines = table(report);
  return [INTRO, "", ...alignColumns(lines), "", ...describeLoads(report.loads), verdict(report)].join("\n");
}

export function asMarkdown(report: ServicesReport): string {
  const [head = [], ...lines] = table(report);
  const toRow = (line: readonly string[]): string => `| ${line.join(" | ")} |`;
  return [
    "# A bot on services",
    "",
    `${report.date}, Node ${report.node}, ${report.cpuCount} cores${report.quick ? ", quick" : ""}. \`npm run bench -- services\``,
    "",
    INTRO,
    "",
    ...[toRow(head), toRow(head.map(() => "---")), ...lines.map(toRow)],
    "",
    ...describeLoads(report.loads),
    "",
    verdict(report),
    "",
  ].join("\n");
}
