import type { AudioData } from "../../src/util/audio-data.ts";
import { BusyCore } from "../lib/busy-core.ts";
import { TONE_AMPLITUDE, TONE_HZ } from "../lib/sound.ts";
import { monotonicMs, rounded, sleep } from "../lib/time.ts";
import { JITTER_BUFFER_RATE, meanDelayMs, palJitterBuffer } from "./jitter-buffer.ts";
import type { Stage } from "./stage.ts";

export interface Continuous {
  readonly seconds: number;
  /** 10 ms blocks with less than half of the tone's amplitude. */
  readonly dropouts: number;
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
const JUMP_RAD = 0.2;

/** Detects the tone's amplitude and phase, one 10 ms block (five whole periods) at a time. */
class ToneListener {
  blocks = 0;
  dropouts = 0;
  phaseJumps = 0;
  #phase: number | undefined;

  readonly hear = ({ samples, sampleRate, channelCount }: AudioData): void => {
    let inPhase = 0;
    let quadrature = 0;
    const frames = samples.length / channelCount;
    for (let i = 0; i < frames; i++) {
      const angle = (2 * Math.PI * TONE_HZ * i) / sampleRate;
      const sample = samples[i * channelCount] ?? 0;
      inPhase += sample * Math.cos(angle);
      quadrature += sample * Math.sin(angle);
    }
    this.blocks++;
    if ((2 * Math.hypot(inPhase, quadrature)) / frames < TONE_AMPLITUDE / 2) {
      this.dropouts++;
      this.#phase = undefined;
      return;
    }
    const phase = Math.atan2(quadrature, inPhase);
    if (this.#phase !== undefined) {
      const moved = Math.abs(phase - this.#phase);
      if (Math.min(moved, 2 * Math.PI - moved) > JUMP_RAD) this.phaseJumps++;
    }
    this.#phase = phase;
  };
}

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
  stage.pal.events.on("heard", listener.hear);
  await sleep(seconds * 1000);
  stage.pal.events.off("heard", listener.hear);
  const after = await palJitterBuffer(stage);
  // The next tone has to begin by itself.
  await stage.palHeard.endOfLast(START_DEADLINE_MS);
  const ms = (name: "concealed" | "stretched" | "cut"): number =>
    rounded(((after[name] - before[name]) / JITTER_BUFFER_RATE) * 1000);
  return {
    seconds: rounded(listener.blocks / 100),
    dropouts: listener.dropouts,
    phaseJumps: listener.phaseJumps,
    concealedMs: ms("concealed"),
    stretchedMs: ms("stretched"),
    cutMs: ms("cut"),
    jitterBufferMs: meanDelayMs(before, after),
  };
}
