import { type Frame, ServiceMetadataFrame, TTSAudioRawFrame } from "../../src/frames/index.ts";
import type { FrameProcessor } from "../../src/pipeline/index.ts";
import { runProcessor, type RunProcessorOptions, type RunStep } from "../../src/testing/index.ts";
import { type Chain, chain, label } from "../pipeline/harness.ts";

/** A started service between two collecting ends; the frames of the start are removed. */
export async function rig(...services: FrameProcessor[]): Promise<Chain> {
  const rigged = await chain(services);
  rigged.takeUp();
  rigged.takeDown();
  return rigged;
}

/** Kinds of frames, with text if there is any; consecutive audio counts once. */
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

/** What left downstream, from start to end, without the service's metadata. */
export async function run(
  service: FrameProcessor | readonly FrameProcessor[],
  steps: readonly RunStep[],
  options?: RunProcessorOptions,
): Promise<readonly Frame[]> {
  const { downstream } = await runProcessor(service, steps, options);
  return downstream.filter((frame) => !(frame instanceof ServiceMetadataFrame));
}
