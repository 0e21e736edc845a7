import type { HeardWord } from "../../bench/lib/sentence.ts";
import { checksOf, drawTimeline, inMs, type Lane } from "../timeline.ts";
import { FAILURES } from "./kinds.ts";
import type { FailureReport } from "./report.ts";
import type { FailureRun } from "./run.ts";

/** Who spoke when the pal failed, and when the failure was noticed and audible. */
export function failureTimeline(run: FailureRun, report: FailureReport): string {
  const { asked, bot, heard, palSpans, kind } = run;
  const words = (by: string): Lane["spans"] =>
    heard
      .filter((one: HeardWord) => one.by === by)
      .map(({ startMs, endMs, word }) => ({ startMs, endMs, text: String(word + 1) }));
  const lastMs = Math.max(...heard.map(({ endMs }) => endMs), asked?.endMs ?? 0) + 400;
  const states = bot.avatar
    .filter(({ atMs }) => atMs < lastMs)
    .map(({ atMs, state }, index) => ({
      startMs: atMs,
      endMs: Math.min(bot.avatar[index + 1]?.atMs ?? lastMs, lastMs),
      text: "reason" in state ? `${state.is}: ${state.reason}` : state.is,
    }));
  const moments = [
    { atMs: run.failedMs, label: "fails" },
    { atMs: run.noticedMs, label: "noticed" },
    { atMs: run.audibleMs, label: "audible" },
  ];
  return drawTimeline({
    facts: [
      `--fail ${kind}: ${FAILURES[kind]}`,
      `${report.runtime}, ${report.delivery}`,
      `noticed after ${inMs(report.failedToNoticedMs)}`,
      `audible ${inMs(report.noticedToAudibleMs)} later`,
      checksOf(report),
    ],
    lanes: [
      { label: "user asks", colour: "#2a7de1", spans: asked ? [asked] : [] },
      { label: "avatar", colour: "#8a6fb5", spans: states, showsText: true },
      { label: "pal speaks", colour: "#2e9e5b", spans: palSpans },
      { label: "user hears pal", colour: "#7cc79a", spans: words("pal"), showsText: true },
      { label: "user hears bot", colour: "#c98a1b", spans: words("bot"), showsText: true },
    ],
    moments: moments.flatMap(({ atMs, label }) => (atMs === undefined ? [] : [{ atMs, label }])),
  });
}
