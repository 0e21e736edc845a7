import type { AudioData } from "../../src/util/audio-data.ts";
import { BusyCore } from "../lib/busy-core.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import { JITTER_BUFFER_RATE, meanDelayMs, palJitterBuffer } from "./jitter-buffer.ts";
import { ToneListener } from "../lib/tone-listener.ts";
import type { Stage } from "./stage.ts";

export interface Continuous {
  readonly seconds: number;
  /** 10 ms blocks with less than half of the tone's amplitude. */
  readonly dropouts: number;
  readonly longestGapMs: number;
  /** Blocks whose tone starts more than 0.2 rad from where the previous block ended. */
  readonly phaseJumps: number;
  /** Audio that the pal's jitter buffer concealed, in ms: includes gaps that a steady tone hides, because whole periods fit in. */
  readonly concealedMs: number;
  /** Audio that it stretched and cut to keep its delay. */
  readonly stretchedMs: number;
  readonly cutMs: number;
  /** Its mean delay during the measurement. */
  readonly jitterBufferMs: number;
}

const SETTLE_MS = 1000;
const TAIL_MS = 1500;
const START_DEADLINE_MS = 5000;

/** Measures what the pal hears of one long tone while other processes keep this many cores busy. */
export async function continuous(stage: Stage, seconds: number, busyCores: number): Promise<Continuous> {
  const durationMs = seconds * 1000 + SETTLE_MS + TAIL_MS;
  using busy = new DisposableStack();
  for (let core = 0; core < busyCores; core++) busy.use(new BusyCore(durationMs + 10_000));
  const askedMs = monotonicMs();
  await stage.bot.request("tone", { ms: durationMs });
  if ((await stage.palHeard.startAfter(askedMs, START_DEADLINE_MS)) === undefined)
    throw new Error("The pal hears no tone.");
  await sleep(SETTLE_MS);
  const before = await palJitterBuffer(stage);
  const listener = new ToneListener();
  const hear = ({ samples, sampleRate, channelCount }: AudioData): void => {
    listener.hear(samples, sampleRate, channelCount);
  };
  stage.pal.events.on("heard", hear);
  await sleep(seconds * 1000);
  stage.pal.events.off("heard", hear);
  const after = await palJitterBuffer(stage);
  // The next tone has to begin by itself.
  await stage.palHeard.endOfLast(START_DEADLINE_MS);
  const ms = (name: "concealed" | "stretched" | "cut"): number =>
    rounded(((after[name] - before[name]) / JITTER_BUFFER_RATE) * 1000);
  const { blocks, dropouts, longestGapMs, phaseJumps } = listener.verdict;
  return {
    seconds: rounded(blocks / 100),
    dropouts,
    longestGapMs,
    phaseJumps,
    concealedMs: ms("concealed"),
    stretchedMs: ms("stretched"),
    cutMs: ms("cut"),
    jitterBufferMs: meanDelayMs(before, after),
  };
}
