import type { BotReception } from "./bots-process.ts";
import type { Hearing } from "./emulator-process.ts";

/** How the calls of a step sounded, at the pals and at the bots. */
export interface Verdict {
  readonly ok: boolean;
  /** Calls in which something was missing. */
  readonly spoiledCalls: number;
  /** 10 ms blocks with less than half of the tone, in the calls that are judged by ear; the longest run of them. */
  readonly dropouts: number;
  readonly longestGapMs: number;
  /** The most that a pal's jitter buffer had to make up in one call, and its longest mean delay. */
  readonly worstConcealedMs: number;
  readonly worstJitterBufferMs: number;
  /** The most that a bot did not receive of its user, and the longest time without a frame. */
  readonly worstMissingMs: number;
  readonly longestSilenceMs: number;
}

/** One packet that came too late is no dropout yet: a jitter buffer hides it. */
const CONCEALED_MS = 20;
/** Beyond what the two ends of a measurement can cut off. */
const MISSING_MS = 60;

const most = (values: readonly number[]): number => Math.max(0, ...values);

/** Judges each call by both of its directions. */
export function judge(bots: Readonly<Record<string, BotReception>>, { tones, receptions }: Hearing): Verdict {
  const missing = (id: string): number => {
    const bot = bots[id];
    return bot ? bot.elapsedMs - bot.heardMs : Infinity;
  };
  const isSpoiled = (id: string): boolean => {
    const reception = receptions[id];
    if (!reception || reception.packets === 0 || missing(id) > MISSING_MS) return true;
    return reception.concealedMs > CONCEALED_MS || (tones[id]?.dropouts ?? 0) > 0;
  };
  const ids = [...new Set([...Object.keys(bots), ...Object.keys(receptions)])];
  const spoiledCalls = ids.filter(isSpoiled).length;
  const heard = Object.values(tones);
  return {
    ok: spoiledCalls === 0,
    spoiledCalls,
    dropouts: heard.reduce((sum, { dropouts }) => sum + dropouts, 0),
    longestGapMs: most(heard.map(({ longestGapMs }) => longestGapMs)),
    worstConcealedMs: most(Object.values(receptions).map(({ concealedMs }) => concealedMs)),
    worstJitterBufferMs: most(Object.values(receptions).map(({ jitterBufferMs }) => jitterBufferMs)),
    worstMissingMs: Math.round(most(ids.map(missing))),
    longestSilenceMs: most(Object.values(bots).map(({ longestGapMs }) => longestGapMs)),
  };
}
