import type { Percentiles } from "../lib/percentiles.ts";
import { AUDIBLE_P95_MS, type CauseFigures, type FallbackReport, isMet, RUNTIMES } from "./run.ts";

const HEAD = ["cause", "runtime", "noticed, ms", "audible, ms", "lost", "twice", "reasons"];

function times({ p50, p95, lost }: Percentiles): string {
  return `${p50 ?? "–"} / ${p95 ?? "–"}${lost > 0 ? ` (${lost} never)` : ""}`;
}

function rows(report: FallbackReport): string[][] {
  return report.native.flatMap((_, index) =>
    RUNTIMES.flatMap((runtime) => {
      const figures = report[runtime][index];
      if (!figures) return [];
      const { cause, failedToNoticedMs, noticedToAudibleMs, lostWords, doubledWords, reasons } = figures;
      const named = Object.entries(reasons).map(([reason, count]) => `${reason} ×${count}`);
      const timed = [times(failedToNoticedMs), times(noticedToAudibleMs)];
      return [[cause, runtime, ...timed, String(lostWords), String(doubledWords), named.join(", ")]];
    }),
  );
}

function problems({ overlaps, misremembered, leftOpen, errors }: CauseFigures): string[] {
  return [
    overlaps > 0 && `${overlaps} rounds with two voices at once or words out of order`,
    misremembered > 0 && `${misremembered} rounds with a context that differs from what was heard`,
    leftOpen > 0 && `${leftOpen} conversations left open`,
    ...[...new Set(errors)].slice(0, 3),
  ].filter((problem) => problem !== false);
}

function verdict(report: FallbackReport): string[] {
  const missed = RUNTIMES.flatMap((runtime) =>
    report[runtime].filter((figures) => !isMet(figures)).map((figures) => ({ runtime, figures })),
  );
  if (missed.length === 0)
    return [`All targets are met: no word lost or twice, audible within ${AUDIBLE_P95_MS} ms at p95.`];
  return [
    "Not all targets are met:",
    ...missed.map(
      ({ runtime, figures }) => `- ${runtime}, ${figures.cause}: ${problems(figures).join("; ") || "see above"}`,
    ),
  ];
}

function heading({ date, node, cpuCount, quick, native, load1, lastedS }: FallbackReport): string {
  const rounds = native[0]?.rounds ?? 0;
  return `Fallback bench, ${date}, Node ${node}, ${cpuCount} cores, load ${load1.join(" to ")}: ${rounds} calls per cause and runtime in ${lastedS} s${quick ? ", quick" : ""}`;
}

function notes({ words, palSilenceTimeoutMs }: FallbackReport): string[] {
  return [
    `p50 / p95. A sentence of ${words} words; the pal fails in the middle of the third. Noticed: from the failure to the event avatarState. Audible: from there to the first sound of the bot's own microphone at the user. A frozen pal is noticed after palSilenceTimeoutMs, here ${palSilenceTimeoutMs} (default 3000).`,
  ];
}

export function asText(report: FallbackReport): string {
  const lines = [HEAD, ...rows(report)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd(),
  );
  return [heading(report), "", ...table, "", ...notes(report), "", ...verdict(report)].join("\n");
}

export function asMarkdown(report: FallbackReport): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [line(HEAD), line(HEAD.map(() => "---")), ...rows(report).map(line)];
  return [`# ${heading(report)}`, "", ...table, "", ...notes(report), "", ...verdict(report), ""].join("\n");
}
