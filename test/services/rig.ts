import { type Frame, ServiceMetadataFrame, TTSAudioRawFrame } from "../../src/frames/index.ts";
import type { FrameProcessor } from "../../src/pipeline/index.ts";
import { runProcessor, type RunProcessorOptions, type RunStep } from "../../src/testing/index.ts";
import { type Chain, chain, label } from "../pipeline/harness.ts";

/** A service between two collecting ends, started; what its start pushed is taken away. */
export async function rig(...services: FrameProcessor[]): Promise<Chain> {
  const rigged = await chain(services);
  rigged.takeUp();
  rigged.takeDown();
  return rigged;
}

/** Kinds, with text where there is any; runs of audio are one. */
export function story(frames: readonly Frame[]): string[] {
  const lines: string[] = [];
  for (const frame of frames) {
    const words = label(frame);
    const line = frame instanceof TTSAudioRawFrame ? "audio" : words === frame.kind ? words : `${frame.kind}: ${words}`;
    if (line !== "audio" || lines.at(-1) !== "audio") lines.push(line);
  }
  return lines;
}

export function of<F extends Frame>(frames: readonly Frame[], type: abstract new (...args: never[]) => F): F[] {
  return frames.filter((frame): frame is F => frame instanceof type);
}

/** What left downstream, from start to end, the service's word about itself aside. */
export async function run(
  service: FrameProcessor,
  steps: readonly RunStep[],
  options?: RunProcessorOptions,
): Promise<readonly Frame[]> {
  const { downstream } = await runProcessor(service, steps, options);
  return downstream.filter((frame) => !(frame instanceof ServiceMetadataFrame));
}
