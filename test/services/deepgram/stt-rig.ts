import { expect } from "vitest";

import {
  ErrorFrame,
  type Frame,
  InterimTranscriptionFrame,
  TranscriptionFrame,
  UserAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import type { FrameProcessor, ProcessorSetup } from "../../../src/pipeline/index.ts";
import { testTone } from "../../../src/testing/index.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { type Chain, chain } from "../../pipeline/harness.ts";

const RATE = 16_000;
/** A started service on the machine's clock: the vendor is at the end of a real socket. */
export class STTRig implements AsyncDisposable {
  readonly chain: Chain;

  constructor(started: Chain) {
    this.chain = started;
  }

  static async start(service: FrameProcessor, setup: Partial<ProcessorSetup> = {}): Promise<STTRig> {
    return new STTRig(await chain([service], { setup: { clock: systemClock, ...setup } }));
  }

  /** Milliseconds of sound (positive) and of quiet (negative), as frames of 20 ms. */
  hears(...partsMs: readonly number[]): void {
    for (const ms of partsMs) {
      const audio = ms > 0 ? testTone(300, RATE, ms) : new Int16Array((-ms * RATE) / 1000);
      for (let at = 0; at < audio.length; at += 320)
        this.send(new UserAudioRawFrame({ audio: audio.subarray(at, at + 320), sampleRate: RATE, userId: "ann" }));
    }
  }

  /** An utterance, with what the VAD says about it: speech is over 200 ms before the VAD says so. */
  says(soundMs = 400): void {
    this.send(new VADUserStartedSpeakingFrame());
    this.hears(soundMs, -200);
    this.send(new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 }));
  }

  send(...frames: readonly Frame[]): void {
    this.chain.send(...frames);
  }

  of<F extends Frame>(type: abstract new (...args: never[]) => F): F[] {
    return this.chain.down.filter((frame): frame is F => frame instanceof type);
  }

  get finals(): string[] {
    return this.of(TranscriptionFrame).map(({ text }) => text);
  }

  get interims(): string[] {
    return this.of(InterimTranscriptionFrame).map(({ text }) => text);
  }

  get errors(): Error[] {
    return this.chain.up.flatMap((frame) => (frame instanceof ErrorFrame ? [frame.error] : []));
  }

  async hasFinals(...texts: readonly string[]): Promise<void> {
    await expect.poll(() => this.finals, { timeout: 3000 }).toEqual(texts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chain.pipeline.cleanup();
  }
}
