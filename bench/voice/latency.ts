import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import { jittered, monotonicMs, sleep } from "../lib/time.ts";
import { type JitterBufferCounters, meanDelayMs, palJitterBuffer } from "./jitter-buffer.ts";
import { perRuntime, type Runtime, type Stage } from "./stage.ts";

const NEVER_AFTER_MS = 2000;
const BETWEEN_IMPULSES_MS = 120;
const TONE_MS = 3000;
const SPEAKS_FOR_MS = 150;
/** Rounds that do not count: connections start with a higher delay. */
const WARM_UP_ROUNDS = 3;

type Measured = number | undefined;

/** Runs `rounds` of one measurement, with the runtimes in turn, so that other load on the machine affects both. */
async function inTurn<T>(
  stages: readonly Stage[],
  rounds: number,
  measure: (stage: Stage) => Promise<T>,
): Promise<Record<Runtime, T[]>> {
  const all = perRuntime<T[]>(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const stage of stages) {
      const measured = await measure(stage);
      if (round >= 0) all[stage.runtime].push(measured);
      await sleep(jittered(BETWEEN_IMPULSES_MS));
    }
  }
  return all;
}

/** What the pals' jitter buffers have done so far. */
async function jitterBuffers(stages: readonly Stage[]): Promise<Map<Runtime, JitterBufferCounters>> {
  return new Map(
    await Promise.all(stages.map(async (stage) => [stage.runtime, await palJitterBuffer(stage)] as const)),
  );
}

function since(startMs: number, endMs: Measured): Measured {
  return endMs === undefined ? undefined : endMs - startMs;
}

export interface WriteToPal {
  /** From queueing the frame in the task. */
  readonly frame: Percentiles;
  /** From writing to the sink. */
  readonly sink: Percentiles;
  /** How long sound waited in the pal's jitter buffer, on average, in ms: the largest part of both. */
  readonly palJitterBufferMs: number;
}

/** Measures when the pal hears an impulse of the bot. */
export async function writeToPal(stages: readonly Stage[], rounds: number): Promise<Record<Runtime, WriteToPal>> {
  const before = await jitterBuffers(stages);
  const all = await inTurn(stages, rounds, async ({ bot, palHeard }) => {
    const { queuedMs, writtenMs } = await bot.request("impulse", undefined);
    const heardMs = await palHeard.startAfter(queuedMs, NEVER_AFTER_MS);
    return { frame: since(queuedMs, heardMs), sink: since(writtenMs, heardMs) };
  });
  const after = await jitterBuffers(stages);
  const figures = (runtime: Runtime): WriteToPal => ({
    frame: percentiles(all[runtime].map(({ frame }) => frame)),
    sink: percentiles(all[runtime].map(({ sink }) => sink)),
    palJitterBufferMs: meanDelayMs(before.get(runtime), after.get(runtime)),
  });
  return { native: figures("native"), chromium: figures("chromium") };
}

/** Measures when a user's sound arrives as a frame in the bot's pipeline. */
export async function userImpulse({ users, room, botHeard }: Stage): Promise<Measured> {
  const { writtenMs } = await users.child.request("impulse", { room });
  return since(writtenMs, await botHeard.startAfter(writtenMs, NEVER_AFTER_MS));
}

export async function userToBot(stages: readonly Stage[], rounds: number): Promise<Record<Runtime, Percentiles>> {
  const all = await inTurn(stages, rounds, userImpulse);
  return { native: percentiles(all.native), chromium: percentiles(all.chromium) };
}

export interface InterruptToSilence {
  /** Until the last loud 10 ms that the pal played. */
  readonly pal: Percentiles;
  /** Until the last loud 10 ms at the ear of a user in the room. */
  readonly ear: Percentiles;
  /** Until `conversation.interrupt` has reached the pal: the bot's own part. */
  readonly message: Percentiles;
  /** From the pal's last loud 10 ms until the user's ear: the room and the user's jitter buffer, no part of the bot. */
  readonly palToEar: Percentiles;
}

/** Interrupts the bot in the middle of an utterance and measures when the last of it is heard. */
export async function interruptToSilence(
  stages: readonly Stage[],
  rounds: number,
): Promise<Record<Runtime, InterruptToSilence>> {
  const all = await inTurn(stages, rounds, async ({ bot, pal, palPlayed, ear }) => {
    let reachedMs: Measured;
    const reached = (): void => void (reachedMs = monotonicMs());
    const askedMs = monotonicMs();
    await bot.request("tone", { ms: TONE_MS });
    const speaks = await ear.startAfter(askedMs, NEVER_AFTER_MS);
    await sleep(jittered(SPEAKS_FOR_MS));
    pal.events.on("interrupted", reached);
    const { queuedMs } = await bot.request("interrupt", undefined);
    if (speaks === undefined) return { pal: undefined, ear: undefined, message: undefined, palToEar: undefined };
    const [palEnd, earEnd] = await Promise.all([palPlayed.endOfLast(NEVER_AFTER_MS), ear.endOfLast(NEVER_AFTER_MS)]);
    pal.events.off("interrupted", reached);
    // The last loud block may precede the queueing of the frame: silence at once.
    const after = (endMs: Measured): Measured => (endMs === undefined ? undefined : Math.max(0, endMs - queuedMs));
    const palToEar = palEnd === undefined ? undefined : since(palEnd, earEnd);
    return { pal: after(palEnd), ear: after(earEnd), message: after(reachedMs), palToEar };
  });
  const figures = (runtime: Runtime): InterruptToSilence => ({
    pal: percentiles(all[runtime].map(({ pal }) => pal)),
    ear: percentiles(all[runtime].map(({ ear }) => ear)),
    message: percentiles(all[runtime].map(({ message }) => message)),
    palToEar: percentiles(all[runtime].map(({ palToEar }) => palToEar)),
  });
  return { native: figures("native"), chromium: figures("chromium") };
}
