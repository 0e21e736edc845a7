import { afterEach } from "vitest";

import { ErrorFrame, type Frame, InputAudioRawFrame, UserAudioRawFrame } from "../../../src/frames/index.ts";
import type { FrameProcessor } from "../../../src/pipeline/index.ts";
import { RunningService } from "../../../src/testing/running-service.ts";

const running: RunningService[] = [];

afterEach(async () => {
  for (const service of running.splice(0)) await service[Symbol.asyncDispose]();
});

/** A service in a running task, on the machine's clock, because a real server answers it. */
export class Live {
  readonly task: RunningService;

  constructor(service: FrameProcessor) {
    this.task = new RunningService([service], { enableMetrics: true });
    running.push(this.task);
  }

  send(...frames: Frame[]): void {
    this.task.send(frames);
  }

  /** What has left downstream, oldest first. */
  get down(): readonly Frame[] {
    return this.task.down.seen.map(({ frame }) => frame);
  }

  /** The errors that were reported. */
  get errors(): readonly Error[] {
    return this.task.up.of(ErrorFrame).map(({ error }) => error);
  }

  /** Waits until so many frames of this class have left downstream. */
  waitFor(type: abstract new (...args: never[]) => Frame, count = 1): Promise<void> {
    const found = (): number => this.down.filter((frame) => frame instanceof type).length;
    return this.task.until(`${count} ${type.name}`, () => found() >= count);
  }
}

/** Audio of a user in blocks of 20 ms at 16 kHz: sound, or silence. */
export function speech(durationMs: number, { level = 8000, userId = "grace", sampleRate = 16_000 } = {}): Frame[] {
  const samples = sampleRate / 50;
  return Array.from({ length: durationMs / 20 }, (_, block) => {
    const at = block * samples;
    const audio = Int16Array.from({ length: samples }, (_sample, i) => Math.round(level * Math.sin((at + i) * 0.2)));
    const fields = { audio, sampleRate };
    return userId === "" ? new InputAudioRawFrame(fields) : new UserAudioRawFrame({ ...fields, userId });
  });
}
