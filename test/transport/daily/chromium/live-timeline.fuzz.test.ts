import fc from "fast-check";
import { expect, it } from "vitest";

import {
  HOLD_MS,
  LiveTimeline,
  type Packet,
  type Step,
} from "../../../../src/transport/daily/chromium/live-timeline.ts";

const PACKET_MS = 20;
const PACKET_SAMPLES = 960;
const BLOCK_MS = 10;

/** What the network does to one packet. Losses are so rare that no hole is too long to be covered. */
const fate = fc.record({
  delayMs: fc.integer({ min: 0, max: 60 }),
  isDoubled: fc.boolean(),
  isLost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

it("whatever a network does, sound comes in order, once, whole, and soon", () => {
  fc.assert(
    fc.property(fc.array(fate, { minLength: 5, maxLength: 60 }), fc.nat(0xffff_ffff), (fates, firstRtp) => {
      const arrivals = fates.flatMap(({ delayMs, isDoubled, isLost }, index) => {
        // The first and the last frame the stream.
        const isEdge = index === 0 || index === fates.length - 1;
        if (isLost && !isEdge && fates[index - 1]?.isLost !== true) return [];
        const rtpTimestamp = (firstRtp + index * PACKET_SAMPLES) >>> 0;
        const packet = { index, rtpTimestamp, samples: PACKET_SAMPLES, isSilence: false };
        const atMs = index * PACKET_MS + (index === 0 ? 0 : delayMs);
        return isDoubled
          ? [
              { packet, atMs },
              { packet, atMs: atMs + 15 },
            ]
          : [{ packet, atMs }];
      });
      const timeline = new LiveTimeline<Packet & { readonly index: number }>(0);
      const heard: { step: Step<Packet & { readonly index: number }> & { type: "sound" }; atMs: number }[] = [];
      const endMs = fates.length * PACKET_MS + 200;
      for (let nowMs = 0; nowMs <= endMs; nowMs++) {
        const steps = arrivals
          .filter(({ atMs }) => atMs === nowMs)
          .flatMap(({ packet }) => [...timeline.arrived(packet, nowMs)]);
        if (nowMs % BLOCK_MS === 0) steps.push(...timeline.due(nowMs, BLOCK_MS));
        for (const step of steps) if (step.type === "sound") heard.push({ step, atMs: nowMs });
      }
      const order = heard.map(({ step }) => step.packet.index);
      expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
      // Neither longer nor shorter than what was sent, whatever was lost.
      const samples = heard.reduce((sum, { step }) => sum + step.lost + step.packet.samples, 0);
      expect(samples).toBe(fates.length * PACKET_SAMPLES);
      for (const { step, atMs } of heard) {
        const arrivedMs = Math.min(
          ...arrivals.filter(({ packet }) => packet.index === step.packet.index).map((a) => a.atMs),
        );
        expect(atMs - arrivedMs).toBeLessThanOrEqual(HOLD_MS + BLOCK_MS);
      }
    }),
  );
});
