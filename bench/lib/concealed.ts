import type { Pal } from "../../src/emulator/index.ts";

/** The pal receives at this rate, and every jitter buffer counter is in samples of this rate. */
const NETEQ_RATE = 48_000;

/** Speech that the pal's jitter buffers made up so far, in milliseconds: what a network or a busy machine costs besides gaps. */
export async function concealedMs(pal: Pal): Promise<number> {
  const inbound = (await pal.streamStats()).find(({ type, kind }) => type === "inbound-rtp" && kind === "audio") ?? {};
  const samples = Number(inbound.concealedSamples ?? 0) - Number(inbound.silentConcealedSamples ?? 0);
  return (samples * 1000) / NETEQ_RATE;
}
