import type { FrameProcessor } from "../frame-processor.ts";

/**
 * The processors that go in front of a pipeline because processors in it ask for them (`extendTask`), in the order in
 * which they are asked for. One that is in the pipeline already is not added.
 */
export function collectTaskExtensions(pipeline: FrameProcessor): FrameProcessor[] {
  const known = new Set(pipeline.allProcessors());
  const front: FrameProcessor[] = [];
  // The set grows: what is added may ask for more.
  for (const processor of known) {
    for (const wanted of processor.extendTask().front ?? []) {
      if (known.has(wanted)) continue;
      front.push(wanted);
      for (const one of wanted.allProcessors()) known.add(one);
    }
  }
  return front;
}
