import { alignColumns } from "../lib/columns.ts";
import type { Percentiles } from "../lib/percentiles.ts";
import {
  areLipsInSync,
  LIPS_P95_MS,
  AUDIBLE_P95_MS,
  type CauseFigures,
  type FallbackReport,
  isMet,
  RUNTIMES,
} from "./run.ts";

const HEAD = ["cause", "runtime", "noticed, ms", "audible, ms", "lost", "twice", "reasons"];

const REPUBLISH_HEAD = [
  "video published",
  "runtime",
  "core, %",
  "of that Node, %",
  "received",
  "dropped",
  "write, ms",
  "loop delay, ms",
];

function republishRows({ republishing }: FallbackReport): string[][] {
  return republishing.map((figures) => {
    const { format, runtime, corePercent, nodePercent, receivedFps, receivedWidth, dropped, written } = figures;
    return [
      `${format.width} × ${format.height} at ${format.fps ?? ""}`,
      runtime,
      String(corePercent ?? "–"),
      String(nodePercent ?? "–"),
      `${receivedFps}/s, ${receivedWidth} wide`,
      `${dropped} of ${written}`,
      `${figures.writeMsP50} / ${figures.writeMsP99}`,
      `${figures.loopDelayMsP99} / ${figures.loopDelayMsMax}`,
    ];
  });
}

const LIPS_HEAD = ["picture behind sound", "runtime", "offset, ms", "distance, ms", "pictures"];

function lipRows({ lips }: FallbackReport): string[][] {
  return lips.map(({ runtime, offsetMs, distanceMs, fps }) => [
    "TavusVideoService",
    runtime,
    times(offsetMs),
    times(distanceMs),
    `${fps}/s`,
  ]);
}

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
  const apart = report.lips.filter((figures) => !areLipsInSync(figures));
  if (missed.length + apart.length === 0)
    return [`All targets are met: no word lost or twice, audible within ${AUDIBLE_P95_MS} ms at p95.`];
  return [
    "Not all targets are met:",
    ...missed.map(
      ({ runtime, figures }) => `- ${runtime}, ${figures.cause}: ${problems(figures).join("; ") || "see above"}`,
    ),
    ...apart.map(
      ({ runtime, distanceMs }) =>
        `- ${runtime}: picture and sound ${times(distanceMs)} ms apart, limit ${LIPS_P95_MS}`,
    ),
  ];
}

function heading({ date, node, cpuCount, quick, native, load1, lastedS }: FallbackReport): string {
  const rounds = native[0]?.rounds ?? 0;
  return `Fallback bench, ${date}, Node ${node}, ${cpuCount} cores, load ${load1.join(" to ")}: ${rounds} calls per cause and runtime in ${lastedS} s${quick ? ", quick" : ""}`;
}

function notes({ words, palSilenceTimeoutMs }: FallbackReport): string[] {
  return [
    `p50 / p95. A sentence of ${words} words; the pal fails in the middle of the third. Noticed: from the failure to the event avatarState. Audible: from there to the first sound of the bot's own microphone at the user. Where the conversation is not even created, that includes the bot's join, and has no target. A frozen pal is noticed after palSilenceTimeoutMs, here ${palSilenceTimeoutMs} (default 3000).`,
    `Picture behind sound: a pal that TavusVideoService shows in another room, by the mark in its picture, at each beginning and end of a tone; negative: the picture is ahead. The target is a distance of ${LIPS_P95_MS} ms at p95.`,
    "Video published: I420 pictures of that size to one other participant, VP8, measured for the sender's processes alone, codec included, in a warm call; received: decoded at the other side, at most 30 per second. p50 / p99 of the time in write, p99 / maximum of the delay of Node's event loop.",
  ];
}

export function asText(report: FallbackReport): string {
  const tables = [
    aligned([HEAD, ...rows(report)]),
    aligned([REPUBLISH_HEAD, ...republishRows(report)]),
    aligned([LIPS_HEAD, ...lipRows(report)]),
  ];
  return [heading(report), ...tables, ...notes(report), verdict(report).join("\n")].join("\n\n");
}

function aligned(lines: readonly (readonly string[])[]): string {
  return alignColumns(lines, "   ").join("\n");
}

export function asMarkdown(report: FallbackReport): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
    [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
  const tables = [
    table(HEAD, rows(report)),
    table(REPUBLISH_HEAD, republishRows(report)),
    table(LIPS_HEAD, lipRows(report)),
  ];
  return [`# ${heading(report)}`, ...tables, ...notes(report), verdict(report).join("\n"), ""].join("\n\n");
}
