import { InputAudioRawFrame, TTSAudioRawFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { PassThrough, PROCESSORS } from "./chain.ts";
import { settledHeap } from "./garbage.ts";

const FRAME_MS = 20;

export interface Hour {
  readonly minutes: number;
  /** CPU time per simulated time, in % of a core, including the driving loop and the virtual clock. */
  readonly cpuPercent: number;
  /** Heap bytes in use at the end, minus those in use after a tenth of the time. */
  readonly heapGrowthBytes: number;
}

/** Simulates a call's audio in both directions on virtual time: frames of 20 ms through ten processors in a task. */
export async function simulatedCall(minutes: number): Promise<Hour> {
  const clock = new VirtualClock();
  const processors = Array.from({ length: PROCESSORS }, () => new PassThrough());
  const task = new PipelineTask(new Pipeline(processors), { clock, logger: silentLogger });
  const running = task.run();
  await clock.advance(0);
  const heard = new Int16Array(320);
  const spoken = new Int16Array(480);
  const steps = (minutes * 60_000) / FRAME_MS;
  const cpuBefore = process.cpuUsage();
  let heapBefore = 0;
  let measuringMicros = 0;
  for (let step = 0; step < steps; step++) {
    task.queueFrame(new InputAudioRawFrame({ audio: heard, sampleRate: 16_000 }));
    task.queueFrame(new TTSAudioRawFrame({ audio: spoken, sampleRate: 24_000 }));
    await clock.advance(FRAME_MS);
    if (step === Math.floor(steps / 10)) {
      const before = process.cpuUsage();
      heapBefore = await settledHeap();
      measuringMicros = total(process.cpuUsage(before));
    }
  }
  const cpuMs = (total(process.cpuUsage(cpuBefore)) - measuringMicros) / 1000;
  const heapGrowthBytes = (await settledHeap()) - heapBefore;
  task.end();
  await clock.advanceUntil(running);
  return { minutes, cpuPercent: (cpuMs / (minutes * 60_000)) * 100, heapGrowthBytes };
}

function total({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
