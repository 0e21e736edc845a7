import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  DataFrame,
  EndFrame,
  ErrorFrame,
  InputAudioRawFrame,
  InterruptionFrame,
  StopFrame,
  TTSAudioRawFrame,
  TTSStoppedFrame,
  TextFrame,
  UserStartedSpeakingFrame,
} from "../../src/frames/index.ts";
import { Pipeline, ProcessorError } from "../../src/pipeline/index.ts";
import { settle } from "../../src/testing/virtual-clock.ts";
import { Station, chain, gate, startFrame } from "./harness.ts";

class ResultFrame extends DataFrame {
  readonly kind = "ResultFrame";
  override readonly uninterruptible = true;
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** Passes everything on, but a text frame only once the gate is open. */
function waitingStation(): { station: Station; open: () => void; aborted: () => boolean } {
  const { open, opened } = gate();
  const signals: AbortSignal[] = [];
  const station = new Station(async (frame, direction, ctx) => {
    if (frame instanceof TextFrame || frame instanceof ResultFrame) {
      signals.push(ctx.signal);
      await opened;
    }
    ctx.push(frame, direction);
  });
  return { station, open, aborted: () => signals[0]?.aborted ?? false };
}

describe("start", () => {
  it("the StartFrame is handled first even when other frames were queued earlier", async () => {
    const station = new Station();
    const { send } = await chain([station], { start: false });
    send(new UserStartedSpeakingFrame(), new TextFrame("a"));
    await settle();
    expect(station.handled).toEqual([]);
    send(startFrame());
    await settle();
    expect(station.handled[0]).toBe("StartFrame");
  });

  it("frames queued before the StartFrame are delivered after it, in order, none lost", async () => {
    const { send, takeDown } = await chain([new Station(), new Station()], { start: false });
    send(new TextFrame("a"), new TextFrame("b"), startFrame(), new TextFrame("c"));
    await settle();
    expect(takeDown()).toEqual(["StartFrame", "a", "b", "c"]);
  });

  it("ordered frames wait for a handler that returns another library's promise", async () => {
    const { open, opened } = gate();
    const foreign: PromiseLike<void> = { then: (onFulfilled, onRejected) => opened.then(onFulfilled, onRejected) };
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) return foreign as Promise<void>;
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    takeDown();
    send(new TextFrame("slow"), new TTSStoppedFrame());
    await settle();
    expect(takeDown()).toEqual([]);
    open();
    await settle();
    expect(takeDown()).toEqual(["TTSStoppedFrame"]);
  });

  it("ordered frames wait while the StartFrame is still being handled", async () => {
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame.kind === "StartFrame") await opened;
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station], { start: false });
    send(startFrame(), new TextFrame("a"));
    await settle();
    expect(takeDown()).toEqual([]);
    open();
    await settle();
    expect(takeDown()).toEqual(["StartFrame", "a"]);
  });

  it("an error pushed during setup is reported before the StartFrame", async () => {
    const first = new Station();
    const second = new Station();
    const { takeUp } = await chain([first, second], { start: false });
    second.pushError(new Error("no device"));
    expect(takeUp()).toEqual(["ErrorFrame"]);
  });
});

describe("interruption", () => {
  it("drops queued interruptible frames and aborts the running handler", async () => {
    const { station, open, aborted } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("running"), new TextFrame("queued"));
    await settle();
    send(new InterruptionFrame());
    await settle();
    expect(aborted()).toBe(true);
    open();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame"]);
    expect(station.stats.droppedByInterruption).toBe(1);
  });

  it("a running uninterruptible handler completes, and what it pushes still leaves", async () => {
    const { station, open, aborted } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new ResultFrame("result"));
    await settle();
    send(new InterruptionFrame());
    await settle();
    open();
    await settle();
    expect(aborted()).toBe(false);
    expect(takeDown()).toEqual(["InterruptionFrame", "result"]);
  });

  it("the frame behind a running uninterruptible handler waits for it, also after an interruption", async () => {
    const { station, open } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new ResultFrame("result"));
    await settle();
    send(new InterruptionFrame(), new TTSStoppedFrame());
    await settle();
    expect(station.handled).not.toContain("TTSStoppedFrame");
    open();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "result", "TTSStoppedFrame"]);
  });

  it("an aborted handler that returns late does not free the lane of the one that runs now", async () => {
    const gates = new Map(["old", "new"].map((text) => [text, gate()]));
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await gates.get(frame.text)?.opened;
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("old"));
    await settle();
    send(new InterruptionFrame(), new TextFrame("new"), new TextFrame("last"));
    await settle();
    gates.get("old")!.open();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame"]);
    gates.get("new")!.open();
    await settle();
    expect(takeDown()).toEqual(["new", "last"]);
  });

  it("queued uninterruptible frames keep their order", async () => {
    const { station, open } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("x"), new ResultFrame("1"), new TextFrame("y"), new ResultFrame("2"), new ResultFrame("3"));
    await settle();
    send(new InterruptionFrame());
    open();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "1", "2", "3"]);
  });

  it("EndFrame and StopFrame survive an interruption that overtakes them", async () => {
    const { station, open } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("x"), new StopFrame(), new EndFrame());
    await settle();
    send(new InterruptionFrame());
    open();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "StopFrame", "EndFrame"]);
  });

  it("a slow ordered handler does not delay it when only uninterruptible frames are queued behind the handler", async () => {
    const { station } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("never returns"), new ResultFrame("waits"));
    await settle();
    send(new InterruptionFrame());
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame"]);
    // The lane continues without the handler that still hangs.
    expect(station.handled.at(-1)).toBe("ResultFrame");
  });

  it("a system frame passes while an ordered handler is blocked", async () => {
    const { station } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("blocked"));
    await settle();
    send(new UserStartedSpeakingFrame());
    // One microtask round, no timer, no turn of the event loop.
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(takeDown()).toEqual(["UserStartedSpeakingFrame"]);
  });

  it("a handler that resumes after an interruption cannot push, either way, and its frames are counted", async () => {
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame && frame.text === "old") {
        await opened;
        ctx.push(new TextFrame("late"), "downstream");
        ctx.push(new TextFrame("late"), "upstream");
        ctx.broadcast(() => new TextFrame("late"));
        ctx.broadcastInterruption();
        return;
      }
      ctx.push(frame, direction);
    });
    const { send, takeDown, takeUp } = await chain([station]);
    send(new TextFrame("old"));
    await settle();
    send(new InterruptionFrame(), new TextFrame("new"));
    await settle();
    open();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "new"]);
    expect(takeUp()).toEqual([]);
    expect(station.stats.droppedStale).toBe(3);
  });

  it("takes effect at once, even while a slow system handler holds it back", async () => {
    const { open, opened } = gate();
    const data = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof UserStartedSpeakingFrame) await opened;
      if (frame instanceof TextFrame && frame.text === "old") await data.opened;
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("old"), new TextFrame("queued"), new UserStartedSpeakingFrame());
    await settle();
    send(new InterruptionFrame(), new TextFrame("new"));
    data.open();
    await settle();
    // The new frame must not overtake the interruption, or the next processor would drop it as old.
    expect(takeDown()).toEqual([]);
    open();
    await settle();
    expect(takeDown()).toEqual(["UserStartedSpeakingFrame", "InterruptionFrame", "new"]);
  });

  it("what an abort makes its handler throw is not reported as an error", async () => {
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) {
        await new Promise((_resolve, reject) => {
          ctx.signal.addEventListener("abort", () => {
            reject(ctx.signal.reason as Error);
          });
        });
      }
      ctx.push(frame, direction);
    });
    const { send, takeUp } = await chain([station]);
    send(new TextFrame("x"));
    await settle();
    send(new InterruptionFrame());
    await settle();
    expect(takeUp()).toEqual([]);
  });

  it("another error of an aborted handler is still reported", async () => {
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) {
        await opened;
        throw new Error("real");
      }
      ctx.push(frame, direction);
    });
    const { send, takeUp } = await chain([station]);
    send(new TextFrame("x"));
    await settle();
    send(new InterruptionFrame());
    await settle();
    open();
    await settle();
    expect(takeUp()).toEqual(["ErrorFrame"]);
  });

  it("a handler that ignores its abort signal is named in a warning after 1 s", async () => {
    const { station } = waitingStation();
    const { send, clock, log } = await chain([station]);
    send(new TextFrame("x"));
    await settle();
    send(new InterruptionFrame());
    await clock.advance(999);
    expect(log.lines).toEqual([]);
    await clock.advance(1);
    expect(log.lines.join()).toContain(`${station.name} still handles a TextFrame`);
  });
});

describe("broadcast", () => {
  it("broadcastInterruption reaches both directions and drops what waits here", async () => {
    const { station, open, aborted } = waitingStation();
    const before = new Station();
    const after = new Station();
    const { send, takeDown, takeUp } = await chain([before, station, after]);
    send(new TextFrame("running"), new TextFrame("queued"));
    await settle();
    station.broadcastInterruption();
    await settle();
    open();
    await settle();
    expect(aborted()).toBe(true);
    expect(before.handled).toContain("InterruptionFrame");
    expect(after.handled).toContain("InterruptionFrame");
    expect(takeDown()).toEqual(["InterruptionFrame"]);
    expect(takeUp()).toEqual(["InterruptionFrame"]);
  });

  it("a handler that broadcasts an interruption continues and may push", async () => {
    let signal: AbortSignal | undefined;
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame && frame.text === "stop") {
        ({ signal } = ctx);
        ctx.broadcastInterruption();
        await Promise.resolve();
        ctx.push(new TextFrame("after"));
        return;
      }
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("stop"), new TextFrame("queued"));
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "after"]);
    expect(signal?.aborted).toBe(false);
  });

  it("makes two instances that carry each other's id, downstream first", async () => {
    const station = new Station();
    const { down, up } = await chain([station]);
    station.broadcast(() => new UserStartedSpeakingFrame());
    await settle();
    const [a, b] = [down[0], up[0]];
    expect(a).not.toBe(b);
    expect(a!.id).toBeLessThan(b!.id);
    expect(a!.broadcastSiblingId).toBe(b!.id);
    expect(b!.broadcastSiblingId).toBe(a!.id);
  });

  it("broadcastCopy sends two copies with the frame's fields, pts, metadata and destination, under new names", async () => {
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) ctx.broadcastCopy(frame);
      else ctx.push(frame, direction);
    });
    const { send, down, up } = await chain([station]);
    const original = new TextFrame("hello");
    original.ptsMs = 120;
    original.transportDestination = "second";
    original.metadata.seen = true;
    send(original);
    await settle();
    for (const copy of [down[0], up[0]]) {
      expect(copy).toBeInstanceOf(TextFrame);
      expect(copy).toMatchObject({ text: "hello", ptsMs: 120, transportDestination: "second" });
      expect(copy!.metadata).toEqual({ seen: true });
      expect(copy!.name).not.toBe(original.name);
    }
    expect(down[0]!.broadcastSiblingId).toBe(up[0]!.id);
    expect(up[0]!.broadcastSiblingId).toBe(down[0]!.id);
    down[0]!.metadata.seen = "changed";
    expect(original.metadata).toEqual({ seen: true });
  });

  it("refuses to send one instance both ways", async () => {
    const station = new Station();
    await chain([station]);
    const frame = new UserStartedSpeakingFrame();
    expect(() => {
      station.broadcast(() => frame);
    }).toThrow("new frame");
  });
});

describe("errors", () => {
  it.each(["throws", "rejects"])(
    "a handler that %s yields an upstream ErrorFrame, and the next frame is handled",
    async (how) => {
      const station = new Station((frame, direction, ctx) => {
        if (frame instanceof TextFrame && frame.text === "bad") {
          if (how === "throws") throw new Error("broken");
          return Promise.reject(new Error("broken"));
        }
        ctx.push(frame, direction);
        return undefined;
      });
      const { send, takeDown, up } = await chain([new Station(), station]);
      send(new TextFrame("bad"), new TextFrame("good"));
      await settle();
      expect(takeDown()).toEqual(["good"]);
      const error = up[0] as ErrorFrame;
      expect(error).toBeInstanceOf(ErrorFrame);
      expect(error).toMatchObject({ fatal: false, processor: station.name, errorCategory: "unknown" });
      expect(error.error).toBeInstanceOf(ProcessorError);
      expect(error.error).toMatchObject({ processor: station.name, frameKind: "TextFrame" });
    },
  );
});

describe("lifecycle frames", () => {
  it.each([
    ["StartFrame", startFrame],
    ["EndFrame", () => new EndFrame()],
    ["StopFrame", () => new StopFrame()],
    ["CancelFrame", () => new CancelFrame()],
  ])("a swallowed %s is passed on, with a warning that names the processor", async (kind, make) => {
    const station = new Station((frame, direction, ctx) => {
      if (frame.kind !== kind) ctx.push(frame, direction);
    });
    const { send, takeDown, log } = await chain([station], { start: kind !== "StartFrame" });
    send(make());
    await settle();
    expect(takeDown()).toEqual([kind]);
    expect(log.lines).toEqual([`warn: ${station.name} did not push the ${kind} on; that was done for it.`]);
  });

  it.each([
    ["StartFrame", startFrame],
    ["EndFrame", () => new EndFrame()],
    ["CancelFrame", () => new CancelFrame()],
  ])("a %s whose handler throws is passed on once, and the error reported", async (kind, make) => {
    const station = new Station(async (frame, direction, ctx) => {
      if (frame.kind === kind) throw new Error("broken");
      ctx.push(frame, direction);
    });
    const { send, takeDown, takeUp } = await chain([new Station(), station], { start: kind !== "StartFrame" });
    send(make());
    await settle();
    expect(takeDown()).toEqual([kind]);
    expect(takeUp()).toEqual(["ErrorFrame"]);
  });

  it("a handler that pushes an EndFrame twice, or throws after it, lets it leave once", async () => {
    const station = new Station((frame, direction, ctx) => {
      ctx.push(frame, direction);
      if (frame instanceof EndFrame) {
        ctx.push(frame, direction);
        throw new Error("after");
      }
    });
    const { send, takeDown } = await chain([station]);
    send(new EndFrame());
    await settle();
    expect(takeDown()).toEqual(["EndFrame"]);
  });

  it("an EndFrame waits for its handler, however long", async () => {
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof EndFrame) await opened;
      ctx.push(frame, direction);
    });
    const { send, takeDown, clock } = await chain([station]);
    send(new EndFrame());
    await clock.advance(60_000);
    expect(takeDown()).toEqual([]);
    open();
    await settle();
    expect(takeDown()).toEqual(["EndFrame"]);
  });
});

describe("cancel", () => {
  it("a cancelled processor ignores new frames and runs no queued ones", async () => {
    const { station, open, aborted } = waitingStation();
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("running"), new TextFrame("queued"));
    await settle();
    send(new CancelFrame(), new TextFrame("new"), new UserStartedSpeakingFrame());
    open();
    await settle();
    expect(aborted()).toBe(true);
    expect(takeDown()).toEqual(["CancelFrame"]);
    expect(station.handled).toEqual(["StartFrame", "TextFrame", "CancelFrame"]);
    expect(station.stats).toMatchObject({ droppedClosed: 2, queuedOrderedFrames: 0, droppedByInterruption: 1 });
  });

  it("is not held up by a system handler that hangs", async () => {
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof UserStartedSpeakingFrame) return new Promise<void>(() => undefined);
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new UserStartedSpeakingFrame());
    await settle();
    send(new CancelFrame());
    await settle();
    expect(takeDown()).toEqual(["CancelFrame"]);
  });

  it("a handler of the CancelFrame that takes longer than 1 s is reported, and the frame leaves without it, once", async () => {
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof CancelFrame) await opened;
      ctx.push(frame, direction);
    });
    const { send, takeDown, takeUp, clock } = await chain([station]);
    send(new CancelFrame());
    await clock.advance(999);
    expect(takeDown()).toEqual([]);
    await clock.advance(1);
    expect(takeDown()).toEqual(["CancelFrame"]);
    expect(takeUp()).toEqual(["ErrorFrame"]);
    open();
    await settle();
    expect(takeDown()).toEqual([]);
  });

  it("a second CancelFrame is not handled again", async () => {
    const station = new Station();
    const { send } = await chain([station]);
    send(new CancelFrame(), new CancelFrame());
    await settle();
    expect(station.handled.filter((kind) => kind === "CancelFrame")).toHaveLength(1);
  });
});

describe("bounds", () => {
  const audio = (ms: number): { audio: Int16Array; sampleRate: number } => ({
    audio: new Int16Array(ms * 16),
    sampleRate: 16_000,
  });

  it("captured audio that waits too long is dropped, oldest first, with one warning", async () => {
    const { open, opened } = gate();
    const seen: number[] = [];
    const station = new Station(
      async (frame, direction, ctx) => {
        if (frame instanceof UserStartedSpeakingFrame) await opened;
        if (frame instanceof InputAudioRawFrame) seen.push(frame.id);
        ctx.push(frame, direction);
      },
      { limits: { maxInputAudioMs: 40 } },
    );
    const { send, log } = await chain([station]);
    send(new UserStartedSpeakingFrame());
    await settle();
    const frames = Array.from({ length: 5 }, () => new InputAudioRawFrame(audio(20)));
    send(...frames);
    open();
    await settle();
    expect(seen).toEqual(frames.slice(3).map((frame) => frame.id));
    expect(station.stats.droppedOverflow).toBe(3);
    expect(log.lines.filter((line) => line.includes(station.name))).toHaveLength(1);
  });

  it("audio to be spoken beyond the bound is refused, control frames never", async () => {
    const { station, open } = waitingStation();
    const limited = new Station(
      async (frame, direction, ctx) => {
        await station.process(frame, direction, ctx);
      },
      { limits: { maxOutputAudioMs: 40, maxFrames: 3 } },
    );
    const { send, takeDown } = await chain([limited]);
    send(new TextFrame("blocks"));
    await settle();
    const ids = Array.from({ length: 3 }, () => new TTSAudioRawFrame(audio(20)));
    send(...ids, new TextFrame("fits"), new TextFrame("too many"), new TTSStoppedFrame());
    open();
    await settle();
    expect(takeDown()).toEqual(["blocks", "TTSAudioRawFrame", "TTSAudioRawFrame", "fits", "TTSStoppedFrame"]);
    expect(limited.stats.droppedOverflow).toBe(2);
  });
});

describe("cleanup", () => {
  it("is idempotent, ends the signals, and nothing passes afterwards", async () => {
    let signal: AbortSignal | undefined;
    const station = new Station((frame, direction, ctx) => {
      ({ signal } = ctx);
      ctx.push(frame, direction);
    });
    const { takeDown } = await chain([station]);
    await station.cleanup();
    await station.cleanup();
    expect(signal?.aborted).toBe(true);
    station.queueFrame(new TextFrame("in"));
    station.push(new TextFrame("out"));
    await settle();
    expect(takeDown()).toEqual([]);
    expect(station.stats.droppedClosed).toBe(2);
  });

  it("await using cleans up", async () => {
    let cleaned = false;
    class Cleaned extends Station {
      override async cleanup(): Promise<void> {
        await super.cleanup();
        cleaned = true;
      }
    }
    {
      await using _station = new Cleaned();
    }
    expect(cleaned).toBe(true);
  });

  it("a processor cannot be in two pipelines", () => {
    const station = new Station();
    new Pipeline([station]);
    expect(() => new Pipeline([station])).toThrow(`${station.name} is in a pipeline already`);
  });
});
