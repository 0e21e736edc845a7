import { alignColumns } from "../lib/columns.ts";
import { describeLoads, type MeasuredLoad } from "../lib/quiet-runs.ts";
import { type BusyBotFigures, EVERY_MS, type Scene } from "./run.ts";

export interface BusyBotReport {
  readonly date: string;
  readonly node: string;
  readonly cpuCount: number;
  readonly quick: boolean;
  readonly rows: readonly {
    readonly scene: Scene;
    readonly native: BusyBotFigures;
    readonly chromium: BusyBotFigures;
  }[];
  readonly loads: readonly MeasuredLoad[];
  readonly ok: boolean;
}

const HEAD = [
  "the bot's event loop",
  "runtime",
  "at the pal: missing, ms",
  "dropouts",
  "longest gap, ms",
  "concealed, ms",
  "at a user's ear: missing, ms",
  "longest gap, ms",
  "words late, ms (p50 / max; n)",
  "end of speech late, ms",
] as const;

const value = (n: number | null | undefined): string => String(n ?? "–");

function cells(scene: Scene, runtime: string, figures: BusyBotFigures): readonly string[] {
  const { pal, ear, concealedMs, wordsLateMs, stopLateMs } = figures;
  return [
    ...[scene.name, runtime],
    ...[value(pal.missingMs), value(pal.dropouts), value(pal.longestMs), value(concealedMs)],
    ...[value(ear?.missingMs), value(ear?.longestMs)],
    ...[`${value(wordsLateMs.p50)} / ${value(wordsLateMs.max)}; ${wordsLateMs.n}`, value(stopLateMs)],
  ];
}

function table({ rows }: BusyBotReport): readonly (readonly string[])[] {
  return [
    HEAD,
    ...rows.flatMap(({ scene, native, chromium }) => [
      cells(scene, "native", native),
      cells(scene, "chromium", chromium),
    ]),
  ];
}

function verdict({ ok }: BusyBotReport): string {
  return ok ? "Nothing of what had been handed over is missing at the pal." : "Speech is missing at the pal.";
}

function intro({ rows }: BusyBotReport): string {
  const seconds = Math.round((rows[0]?.native.pal.soundMs ?? 0) / 1000);
  return (
    `${seconds} s of speech are handed over; then the bot's event loop is blocked every ${EVERY_MS} ms, while the pal speaks. ` +
    "The bot, the user, and the emulator with the pal are processes of their own. Late is counted from when the pal has said it; " +
    "negative: the bot's account does not contain the way to the pal."
  );
}

export function asText(report: BusyBotReport): string {
  const lines = table(report);
  return [intro(report), "", ...alignColumns(lines), "", ...describeLoads(report.loads), verdict(report)].join("\n");
}

export function asMarkdown(report: BusyBotReport): string {
  const [head = [], ...lines] = table(report);
  const row = (line: readonly string[]): string => `| ${line.join(" | ")} |`;
  return [
    "# A busy bot",
    "",
    `${report.date}, Node ${report.node}, ${report.cpuCount} cores${report.quick ? ", quick" : ""}. \`npm run bench -- busy-bot\``,
    "",
    intro(report),
    "",
    ...[row(head), row(head.map(() => "---")), ...lines.map(row)],
    "",
    ...describeLoads(report.loads),
    "",
    verdict(report),
    "",
  ].join("\n");
}
