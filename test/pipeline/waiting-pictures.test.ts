import { describe, expect, it } from "vitest";

import {
  type Frame,
  type FrameDirection,
  InputImageRawFrame,
  SystemFrame,
  UserImageRawFrame,
  UserImageRequestFrame,
} from "../../src/frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../src/pipeline/index.ts";
import { runProcessor } from "../../src/testing/index.ts";
import { sleep } from "../../src/util/deadline.ts";

class Mark extends SystemFrame {
  readonly kind = "Mark";
}

/** Looks at every picture for a second. */
class SlowEye extends FrameProcessor {
  readonly seen: Frame[] = [];

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    if (frame instanceof InputImageRawFrame) {
      this.seen.push(frame);
      await sleep(this.clock, 1000);
    }
    ctx.push(frame, direction);
  }
}

const IMAGE = { image: new Uint8Array(3), width: 1, height: 1 };

describe("pictures that wait for a slow processor", () => {
  it("are the newest eight, and all that answer a request; nothing else is dropped for them", async () => {
    const eye = new SlowEye();
    const picture = (): InputImageRawFrame => new UserImageRawFrame({ ...IMAGE, userId: "u" });
    const answer = new UserImageRawFrame({
      ...{ ...IMAGE, userId: "u" },
      request: new UserImageRequestFrame({ userId: "u" }),
    });
    const first = picture();
    const later = Array.from({ length: 100 }, picture);
    const { downstream } = await runProcessor(eye, [
      first,
      { waitMs: 1 },
      new Mark(),
      answer,
      ...later,
      { waitMs: 20_000 },
    ]);
    expect(eye.seen).toEqual([first, answer, ...later.slice(-8)]);
    expect(downstream.filter(({ kind }) => kind === "Mark")).toHaveLength(1);
    expect(eye.stats.droppedOverflow).toBe(92);
  });
});
