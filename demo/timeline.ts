import type { Report } from "./report.ts";
import type { Conversation } from "./run.ts";
import type { Span } from "./sound.ts";

const WIDTH = 1200;
const LEFT = 120;
const LANE = 46;
const BAR = 22;
const TOP = 70;

export interface Lane {
  readonly label: string;
  readonly colour: string;
  readonly spans: readonly (Span & { readonly text?: string })[];
  /** Shows the texts in the bars, instead of when the pointer is over them. */
  readonly showsText?: boolean;
}

/** A moment that concerns all lanes. */
interface Moment {
  readonly atMs: number;
  readonly label: string;
}

export interface Picture {
  /** One line above everything. */
  readonly facts: readonly string[];
  readonly lanes: readonly Lane[];
  readonly moments: readonly Moment[];
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Who spoke when in the conversation without failures. */
export function timelineSvg(conversation: Conversation, report: Report): string {
  const { user, bot, palSpans } = conversation;
  const { latency, bargeIn } = report;
  return drawTimeline({
    facts: [
      `${report.runtime}, ${report.delivery}`,
      `write → heard ${inMs(latency.writeToHeardMs.p50)} (p50)`,
      `user's end → pal ${inMs(latency.userEndToPalStartMs.p50)} (p50)`,
      `interruption → silence at the user ${inMs(bargeIn.interruptToUserSilenceMs.max)} (max)`,
      checksOf(report),
    ],
    lanes: [
      { label: "user speaks", colour: "#2a7de1", spans: user.spoken },
      { label: "bot hears a turn", colour: "#7aa7d9", spans: bot.userTurns },
      { label: "bot speaks", colour: "#c98a1b", spans: bot.botSpeaking },
      { label: "pal speaks", colour: "#2e9e5b", spans: palSpans.spans },
      { label: "user hears", colour: "#7cc79a", spans: user.heardSpans.spans },
    ],
    moments: bot.interruptionsMs.map((atMs) => ({ atMs, label: "interruption" })),
  });
}

export function inMs(value: number | null): string {
  return value === null ? "–" : `${value} ms`;
}

export function checksOf({ ok, failures }: { readonly ok: boolean; readonly failures: readonly string[] }): string {
  return ok ? "all checks hold" : `${failures.length} checks failed`;
}

/** Lanes of spans over time, as a picture. */
export function drawTimeline({ facts, lanes, moments }: Picture): string {
  const all = lanes.flatMap(({ spans }) => spans);
  const fromMs = Math.min(...all.map(({ startMs }) => startMs), Infinity) - 500;
  const toMs = Math.max(...all.map(({ startMs, endMs }) => (Number.isFinite(endMs) ? endMs : startMs))) + 500;
  const x = (ms: number): number => LEFT + ((Math.min(ms, toMs) - fromMs) / (toMs - fromMs)) * (WIDTH - LEFT - 20);
  const bottom = TOP + lanes.length * LANE;
  const bars = lanes.flatMap(({ label, colour, spans, showsText }, lane) => {
    const y = TOP + lane * LANE;
    return [
      `<text x="12" y="${y + BAR / 2 + 4}" class="label">${label}</text>`,
      ...spans.map(({ startMs, endMs, text }) => {
        const width = Math.max(2, x(endMs) - x(startMs));
        const title = `<title>${((startMs - fromMs) / 1000).toFixed(2)} s${text ? ` ${escaped(text)}` : ""}</title>`;
        const bar = `<rect x="${x(startMs).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3" fill="${colour}">${title}</rect>`;
        const shown = showsText === true && text !== undefined && width > text.length * 6;
        const words = `<text x="${(x(startMs) + 4).toFixed(1)}" y="${y + BAR / 2 + 4}" class="in-bar">${escaped(text ?? "")}</text>`;
        return shown ? bar + words : bar;
      }),
    ];
  });
  const seconds = Array.from({ length: Math.ceil((toMs - fromMs) / 1000) }, (_, s) => s).filter((s) => s % 2 === 0);
  const ticks = seconds.map((s) => {
    const at = x(fromMs + s * 1000).toFixed(1);
    return `<line x1="${at}" y1="${TOP - 8}" x2="${at}" y2="${bottom - 10}" class="tick"/><text x="${at}" y="${bottom + 6}" class="tick-label">${s} s</text>`;
  });
  let labelEnd = -Infinity;
  const marks = moments.map(({ atMs, label }) => {
    const at = x(atMs);
    // A label that would cover the one before is placed above it.
    const isCrowded = at - label.length * 3.5 < labelEnd;
    labelEnd = at + label.length * 3.5;
    const above = isCrowded ? 30 : 18;
    return `<line x1="${at.toFixed(1)}" y1="${TOP - 14}" x2="${at.toFixed(1)}" y2="${bottom - 10}" class="interrupt"/><text x="${at.toFixed(1)}" y="${TOP - above}" class="interrupt-label">${escaped(label)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 24}" width="${WIDTH}" role="img" aria-label="Timeline of the conversation">
<style>
  svg { background: #fff; font: 12px system-ui, sans-serif; } text { fill: #333; } .in-bar { fill: #fff; font-size: 10px; }
  .title { font-size: 14px; font-weight: 600; } .tick { stroke: #e3e3e3; } .tick-label { fill: #888; text-anchor: middle; }
  .interrupt { stroke: #d33; stroke-dasharray: 3 3; } .interrupt-label { fill: #d33; text-anchor: middle; }
</style>
<text x="12" y="24" class="title">${escaped(facts.join("   ·   "))}</text>
${[...ticks, ...bars, ...marks].join("\n")}
</svg>
`;
}
