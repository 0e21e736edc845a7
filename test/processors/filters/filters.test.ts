import { describe, expect, it } from "vitest";

import {
  BotSpeakingFrame,
  EndTaskFrame,
  type Frame,
  HeartbeatFrame,
  InputAudioRawFrame,
  InterruptionFrame,
  LLMTextFrame,
  PipelineFlushFrame,
  StopFrame,
  StopTaskFrame,
  TextFrame,
  TranscriptionFrame,
  TTSTextFrame,
} from "../../../src/frames/index.ts";
import type { FrameProcessor } from "../../../src/pipeline/index.ts";
import { FrameFilter, FrameTap, FunctionFilter, IdentityFilter, NullFilter } from "../../../src/processors/index.ts";
import { runProcessor } from "../../../src/testing/run-processor.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

const isLong = (frame: Frame): boolean => frame instanceof TextFrame && frame.text.length > 1;
const short = (): TextFrame => new TextFrame("a");
const long = (): TextFrame => new TextFrame("abc");

describe("FunctionFilter", () => {
  it("passes the frames that the predicate accepts, filtering only downstream by default", async () => {
    const up = { frame: short(), direction: "upstream" } as const;
    await runProcessor(new FunctionFilter(isLong), [short(), long(), up], {
      expectDownstream: ["TextFrame"],
      expectUpstream: ["TextFrame"],
    });
    await runProcessor(new FunctionFilter(isLong, { direction: "upstream" }), [short(), up], {
      expectDownstream: ["TextFrame"],
      expectUpstream: [],
    });
    await runProcessor(new FunctionFilter(isLong, { direction: "both" }), [short(), up], {
      expectDownstream: [],
      expectUpstream: [],
    });
  });

  it("keeps the order behind a slow predicate", async () => {
    const clock = new VirtualClock();
    const slow = new FunctionFilter(async (frame) => {
      await sleep(clock, 10);
      return isLong(frame);
    });
    const { downstream } = await runProcessor(slow, [long(), short(), new TextFrame("second")], { clock });
    expect(downstream).toMatchObject([{ text: "abc" }, { text: "second" }]);
  });

  it("reports a predicate that throws, drops that frame and continues", async () => {
    const failing = new FunctionFilter((frame) => {
      if (!isLong(frame)) throw new Error("too short");
      return true;
    });
    await runProcessor(failing, [short(), long()], { expectDownstream: ["TextFrame"], expectUpstream: ["ErrorFrame"] });
  });

  it("filters system frames only with filterSystemFrames", async () => {
    const steps = [new InterruptionFrame(), new BotSpeakingFrame()];
    await runProcessor(new FunctionFilter(() => false), steps, {
      expectDownstream: ["InterruptionFrame", "BotSpeakingFrame"],
    });
    await runProcessor(new FunctionFilter(() => false, { filterSystemFrames: true }), steps, { expectDownstream: [] });
  });
});

it("FrameFilter passes its classes and their subclasses in both directions, and system frames", async () => {
  const steps = [
    new TTSTextFrame("a"),
    new LLMTextFrame("b"),
    new InputAudioRawFrame({ audio: new Int16Array(160), sampleRate: 16_000, numChannels: 1 }),
    { frame: new LLMTextFrame("c"), direction: "upstream" },
    { frame: new TTSTextFrame("d"), direction: "upstream" },
  ] as const;
  await runProcessor(new FrameFilter([TTSTextFrame, TranscriptionFrame]), steps, {
    expectDownstream: ["InputAudioRawFrame", "TTSTextFrame"],
    expectUpstream: ["TTSTextFrame"],
  });
});

it.each([
  ["NullFilter", (): FrameProcessor => new NullFilter()],
  [
    "a FunctionFilter that rejects everything",
    (): FrameProcessor => new FunctionFilter(() => false, { direction: "both" }),
  ],
  ["a FrameFilter without classes", (): FrameProcessor => new FrameFilter([])],
])("%s stops data in both directions, but never the frames between task and processors", async (_name, make) => {
  const steps = [
    short(),
    new HeartbeatFrame(0),
    new PipelineFlushFrame(),
    new StopFrame(),
    ...[long(), new EndTaskFrame(), new StopTaskFrame()].map((frame) => ({ frame, direction: "upstream" as const })),
  ];
  await runProcessor(make(), steps, {
    expectDownstream: ["HeartbeatFrame", "PipelineFlushFrame", "StopFrame"],
    expectUpstream: ["EndTaskFrame", "StopTaskFrame"],
  });
});

it("IdentityFilter passes everything", async () => {
  await runProcessor(new IdentityFilter(), [short(), { frame: long(), direction: "upstream" }], {
    expectDownstream: ["TextFrame"],
    expectUpstream: ["TextFrame"],
  });
});

describe("FrameTap", () => {
  it("reports every frame with its direction, and passes it on", async () => {
    const seen: string[] = [];
    const tap = new FrameTap((frame, direction) => seen.push(`${frame.kind} ${direction}`));
    await runProcessor(tap, [short(), { frame: long(), direction: "upstream" }], {
      expectDownstream: ["TextFrame"],
      expectUpstream: ["TextFrame"],
    });
    expect(seen).toEqual([
      "StartFrame downstream",
      "TextFrame downstream",
      "TextFrame upstream",
      "EndFrame downstream",
    ]);
  });

  it("reports a callback that throws, and loses no frame", async () => {
    const tap = new FrameTap((frame) => {
      if (frame instanceof TextFrame) throw new Error("mine");
    });
    await runProcessor(tap, [short(), long()], {
      expectDownstream: ["TextFrame", "TextFrame"],
      expectUpstream: ["ErrorFrame", "ErrorFrame"],
    });
  });
});
