import type { FrameProcessor } from "../frame-processor.ts";

/** The processors of all tasks: a processor belongs to one. */
const owned = new WeakSet<FrameProcessor>();

/**
 * The processors that go in front of a pipeline because processors in it ask for them (`extendTask`), in the order in
 * which they are asked for. One that is in the pipeline already is not added, nor is
 * one of another task: the two halves of a transport may be in two tasks, and ask for the same processor.
 */
export function collectTaskExtensions(pipeline: FrameProcessor): FrameProcessor[] {
  const known = new Set(pipeline.allProcessors());
  for (const processor of known) owned.add(processor);
  const front: FrameProcessor[] = [];
  // The set grows: what is added may ask for more.
  for (const processor of known) {
    for (const wanted of processor.extendTask().front ?? []) {
      if (owned.has(wanted)) continue;
      front.push(wanted);
      for (const one of wanted.allProcessors()) {
        known.add(one);
        owned.add(one);
      }
    }
  }
  return front;
}
