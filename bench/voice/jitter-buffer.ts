import { rounded } from "../lib/time.ts";
import type { Stage } from "./stage.ts";

/** All counters of samples are at this rate, at which the pal receives. */
export const JITTER_BUFFER_RATE = 48_000;

/** What the pal's jitter buffer has done so far, in samples; the delay is the sum over all that left it, in seconds. */
export type JitterBufferCounters = Record<"concealed" | "stretched" | "cut" | "delayS" | "emitted", number>;

export async function palJitterBuffer({ pal }: Stage): Promise<JitterBufferCounters> {
  const inbound = (await pal.streamStats()).find(({ type, kind }) => type === "inbound-rtp" && kind === "audio") ?? {};
  const read = (name: string): number => Number(inbound[name] ?? 0);
  return {
    concealed: read("concealedSamples") - read("silentConcealedSamples"),
    stretched: read("insertedSamplesForDeceleration"),
    cut: read("removedSamplesForAcceleration"),
    delayS: read("jitterBufferDelay"),
    emitted: read("jitterBufferEmittedCount"),
  };
}

/** How long sound waited in the jitter buffer between two readings, on average, in ms; 0 when nothing left it. */
export function meanDelayMs(before: JitterBufferCounters | undefined, after: JitterBufferCounters | undefined): number {
  if (!before || !after) return 0;
  const emitted = after.emitted - before.emitted;
  return emitted > 0 ? rounded(((after.delayS - before.delayS) / emitted) * 1000) : 0;
}
