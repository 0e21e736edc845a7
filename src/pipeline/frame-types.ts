import type { Frame } from "../frames/index.ts";

/** A frame class, abstract families such as `DataFrame` included. */
export type FrameClass = abstract new (...args: never[]) => Frame;

/**
 * Makes a test for whether a frame is an instance of one of the classes. The test remembers its answer for every class it
 * meets, so it is cheap enough to call for every frame.
 */
export function matchesAny(classes: readonly FrameClass[]): (frame: Frame) => boolean {
  const answers = new Map<unknown, boolean>();
  return (frame) => {
    let answer = answers.get(frame.constructor);
    if (answer === undefined) {
      answer = classes.some((frameClass) => frame instanceof frameClass);
      answers.set(frame.constructor, answer);
    }
    return answer;
  };
}
