import { describe, expect, it } from "vitest";

import {
  COVER_AT_MOST_MS,
  HOLD_MS,
  LiveTimeline,
  type Packet,
  STALL_IS_SILENCE_MS,
  type Step,
} from "../../../../src/transport/daily/chromium/live-timeline.ts";

const PACKET_MS = 20;
const PACKET_SAMPLES = 960;
const BLOCK_MS = 10;

/** A timeline on virtual time, and a sender whose clock may be anywhere. */
class Listening {
  nowMs = 1000;
  rtp: number;
  readonly timeline = new LiveTimeline<Packet>(this.nowMs);

  constructor(rtp = 5000) {
    this.rtp = rtp;
  }

  skip(packets: number): void {
    this.rtp = (this.rtp + packets * PACKET_SAMPLES) >>> 0;
  }

  /** The next packet arrives. */
  packet(isSilence = false): readonly Step<Packet>[] {
    const packet = { rtpTimestamp: this.rtp, samples: PACKET_SAMPLES, isSilence };
    this.skip(1);
    return this.timeline.arrived(packet, this.nowMs);
  }

  /** Packets in real time. */
  speech(packets: number): void {
    for (let i = 0; i < packets; i++) {
      this.packet();
      this.nowMs += PACKET_MS;
    }
  }

  /** What the clock alone passes on while this time passes. */
  wait(ms: number): Step<Packet>[] {
    const steps: Step<Packet>[] = [];
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += BLOCK_MS;
      steps.push(...this.timeline.due(this.nowMs, BLOCK_MS));
    }
    return steps;
  }

  /** Milliseconds of silence in it. */
  silenceFor(ms: number): number {
    return this.wait(ms).reduce((sum, step) => sum + (step.type === "silence" ? step.samples / 48 : 0), 0);
  }
}

const sounds = (steps: readonly Step<Packet>[]): number[] =>
  steps.flatMap((step) => (step.type === "sound" ? [step.timestamp / PACKET_SAMPLES] : []));

describe("a listener without a loudspeaker", () => {
  it("passes on every packet of a burst after a stall at once, and adds nothing in between", () => {
    const listening = new Listening();
    listening.speech(10);
    expect(listening.wait(500)).toEqual([]);
    const burst = Array.from({ length: 25 }, () => listening.packet());
    expect(burst.map((steps) => sounds(steps))).toEqual(Array.from({ length: 25 }, (_, i) => [10 + i]));
  });

  it("passes on silence when a sender has been gone for longer than a stall, at the pace of the clock", () => {
    const listening = new Listening();
    listening.speech(10);
    expect(listening.silenceFor(STALL_IS_SILENCE_MS - PACKET_MS - BLOCK_MS)).toBe(0);
    expect(listening.silenceFor(2000)).toBeGreaterThanOrEqual(2000 - PACKET_MS - 2 * BLOCK_MS);
  });

  it("passes on the silence that a sender does not send, for as long as it lasts", () => {
    const listening = new Listening();
    listening.speech(10);
    expect(listening.packet(true)).toEqual([{ type: "silence", samples: PACKET_SAMPLES }]);
    expect(listening.silenceFor(400)).toBe(400);
    listening.skip(20);
    expect(listening.packet()).toMatchObject([{ type: "sound", lost: 0 }]);
    expect(listening.silenceFor(400)).toBe(0);
  });

  it("passes on silence before the first packet", () => {
    expect(new Listening().silenceFor(300)).toBe(300);
  });

  it("holds what follows a missing packet, and puts that in its place when it comes late", () => {
    const listening = new Listening();
    listening.speech(10);
    listening.skip(1);
    expect(listening.packet()).toEqual([]);
    listening.rtp -= 2 * PACKET_SAMPLES;
    expect(sounds(listening.packet())).toEqual([10, 11]);
  });

  it("covers a missing packet when it has been waited for long enough", () => {
    const listening = new Listening();
    listening.speech(10);
    listening.skip(1);
    expect(listening.packet()).toEqual([]);
    expect(listening.wait(HOLD_MS - BLOCK_MS)).toEqual([]);
    expect(listening.wait(BLOCK_MS)).toMatchObject([
      { type: "sound", timestamp: 11 * PACKET_SAMPLES, lost: PACKET_SAMPLES },
    ]);
  });

  it("closes a hole that is too long to be covered", () => {
    const listening = new Listening();
    listening.speech(10);
    listening.skip(COVER_AT_MOST_MS / PACKET_MS + 1);
    listening.packet();
    expect(listening.wait(HOLD_MS)).toMatchObject([{ type: "sound", lost: 0 }]);
  });

  it("drops what was heard already and what comes after a later packet was heard", () => {
    const listening = new Listening();
    listening.speech(10);
    listening.rtp -= PACKET_SAMPLES;
    expect(listening.packet()).toEqual([]);
    listening.rtp -= 2 * PACKET_SAMPLES;
    expect(listening.packet()).toEqual([]);
  });

  it("follows the sender's clock past its largest number", () => {
    const listening = new Listening(0xffff_ffff - 3 * PACKET_SAMPLES);
    expect(Array.from({ length: 8 }, () => sounds(listening.packet())).flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("takes a clock that jumps for a new stream, and loses nothing of it or of what was held", () => {
    const listening = new Listening(3_000_000);
    listening.speech(10);
    listening.skip(1);
    listening.packet();
    listening.rtp = 7;
    expect(listening.packet()).toMatchObject([{ type: "sound" }, { type: "sound", lost: 0 }]);
    expect(listening.packet()).toMatchObject([{ type: "sound", lost: 0 }]);
  });
});
