import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  AssistantImageRawFrame,
  ErrorFrame,
  InterruptionFrame,
  OutputImageRawFrame,
  SpriteFrame,
  TextFrame,
} from "../../../src/frames/index.ts";
import { ScriptedVideoSink } from "../../../src/testing/scripted-video-sink.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { VideoSender } from "../../../src/transport/base/video-sender.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { speech } from "../frames.ts";
import { OutputHarness, type OutputHarnessOptions } from "./output-harness.ts";

const PIXELS = new Uint8Array(3);

function picture(options: { syncWithAudio?: boolean } = {}): OutputImageRawFrame {
  return new OutputImageRawFrame({ image: PIXELS, width: 1, height: 1, ...options });
}

async function showing(params: OutputHarnessOptions["params"] = {}): Promise<OutputHarness> {
  return await new OutputHarness({ params: { videoOutEnabled: true, videoOutFps: 10, ...params } }).start();
}

function timesOf(h: OutputHarness, t0: number): number[] {
  return h.videoSink.writes.map(({ atMs }) => Math.round(atMs - t0));
}

describe("pictures that stay until the next", () => {
  it("are sent again and again at the rate, on a schedule that does not drift", async () => {
    const h = await showing({ videoOutFps: 30 });
    const t0 = h.clock.nowMs();
    await h.send(picture());
    await h.clock.advance(10_000);
    expect(h.videoSink.writes).toHaveLength(301);
    expect(timesOf(h, t0).at(-1)).toBe(10_000);
  });

  it("are replaced at once by a new one, in the same rhythm", async () => {
    const h = await showing();
    const t0 = h.clock.nowMs();
    const [first, second] = [picture(), picture()];
    await h.send(first);
    await h.clock.advance(250);
    await h.send(second);
    await h.clock.advance(250);
    expect(h.videoSink.writes.map(({ image }) => (image === first ? 1 : 2))).toEqual([1, 1, 1, 2, 2, 2]);
    expect(timesOf(h, t0)).toEqual([0, 100, 200, 300, 400, 500]);
  });

  it("of a sprite take turns", async () => {
    const h = await showing();
    const images = [picture(), picture(), picture()];
    await h.send(new SpriteFrame(images));
    await h.clock.advance(650);
    expect(h.videoSink.writes.map(({ image }) => images.indexOf(image))).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it("survive an interruption", async () => {
    const h = await showing();
    await h.send(picture());
    await h.send(new InterruptionFrame());
    await h.clock.advance(1000);
    expect(h.videoSink.writes).toHaveLength(11);
  });

  it("an empty sprite shows nothing and causes no endless loop", async () => {
    const h = await showing();
    await h.send(picture());
    await h.send(new SpriteFrame([]));
    await h.clock.advance(1000);
    expect(h.videoSink.writes).toHaveLength(1);
  });
});

describe("live pictures", () => {
  it("are shown once each, one frame apart, however they arrive", async () => {
    const h = await showing({ videoOutIsLive: true });
    const t0 = h.clock.nowMs();
    await h.send(picture(), picture(), picture());
    await h.clock.advance(150);
    await h.send(picture());
    await h.clock.advance(1000);
    expect(timesOf(h, t0)).toEqual([0, 100, 200, 300]);
  });

  it("catch up when they arrive a little late, and start a new schedule when far off", async () => {
    const h = await showing({ videoOutIsLive: true });
    const t0 = h.clock.nowMs();
    await h.send(picture());
    await h.clock.advance(350);
    await h.send(picture(), picture());
    await h.clock.advance(650);
    expect(timesOf(h, t0)).toEqual([0, 350, 350]);
    await h.send(picture(), picture());
    await h.clock.advance(500);
    expect(timesOf(h, t0)).toEqual([0, 350, 350, 1000, 1100]);
  });

  it("from before an interruption are not shown any more", async () => {
    const h = await showing({ videoOutIsLive: true });
    await h.send(picture(), picture(), picture());
    await h.send(new InterruptionFrame());
    await h.clock.advance(1000);
    expect(h.videoSink.writes).toHaveLength(1);
  });

  it("drop the oldest beyond two seconds, with one warning, and count them", async () => {
    const h = await showing({ videoOutIsLive: true });
    const images = Array.from({ length: 40 }, () => picture());
    await h.send(...images);
    await h.clock.advance(5000);
    expect(h.videoSink.writes.map(({ image }) => images.indexOf(image))).toEqual([
      0,
      ...Array.from({ length: 20 }, (_, index) => 20 + index),
    ]);
    expect(h.logger.warnings().filter((line) => line.includes("live video"))).toHaveLength(1);
    expect(h.output.stats.video).toEqual([
      { destination: undefined, queuedImages: 0, writtenImages: 21, droppedImages: 19, refusedImages: 0 },
    ]);
  });

  it("keep their order and their rate, whenever they arrive", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 30 }),
        fc.constantFrom(10, 24, 30, 59.94),
        async (gapsMs, fps) => {
          const clock = new VirtualClock();
          const sink = new ScriptedVideoSink({ clock });
          const onError = (error: Error): void => {
            throw error;
          };
          const sender = new VideoSender({
            destination: undefined,
            sink,
            clock,
            logger: silentLogger,
            fps,
            live: true,
            onError,
          });
          sender.open();
          const images: OutputImageRawFrame[] = [];
          for (const gapMs of gapsMs) {
            const image = picture();
            images.push(image);
            sender.show([image]);
            await clock.advance(gapMs);
          }
          await clock.advance(5000);
          expect(sink.writes.map(({ image }) => images.indexOf(image))).toEqual(images.map((_, index) => index));
          // Pictures behind schedule may bunch up, but no more than the reset allows.
          for (const { atMs } of sink.writes) {
            const within = sink.writes.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1000);
            expect(within.length).toBeLessThanOrEqual(Math.ceil(fps) + 7);
          }
          await sender.close();
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("the path of a picture", () => {
  it("waits for what is said before it when it is in step with the audio", async () => {
    const h = await showing();
    const t0 = h.clock.nowMs();
    await h.send(speech(400), picture({ syncWithAudio: true }), new TextFrame("after"));
    await h.clock.advance(1000);
    expect(timesOf(h, t0)[0]).toBe(400);
    expect(h.downstream.of(OutputImageRawFrame)).toHaveLength(0);
    expect(h.downstream.of(TextFrame)).toHaveLength(1);
  });

  it("is shown at once when it is the assistant's, and passed on in its place among the words", async () => {
    const h = await showing();
    const t0 = h.clock.nowMs();
    await h.send(speech(400), new AssistantImageRawFrame({ image: PIXELS, width: 1, height: 1 }));
    await h.clock.advance(1000);
    expect(timesOf(h, t0)[0]).toBe(0);
    expect(h.downstream.atMs(AssistantImageRawFrame).map((ms) => Math.round(ms - t0))).toEqual([400]);
    expect(h.videoSink.writes[1]?.atMs).toBe(t0 + 100);
  });

  it("reaches the destination it names, and no other", async () => {
    const h = await showing({ videoOutDestinations: ["slides"] });
    const slide = picture();
    slide.transportDestination = "slides";
    const lost = picture();
    lost.transportDestination = "nowhere";
    await h.send(slide, lost);
    expect(h.videoSinks.get("slides")!.writes.map(({ image }) => image)).toEqual([slide]);
    expect(h.videoSinks.get(undefined)!.writes).toEqual([]);
    expect(h.logger.warnings()).toEqual([expect.stringMatching(/"nowhere".*videoOutDestinations/)]);
  });

  it("of the default destination may name it otherwise than the voice does, and still waits for and ends with that voice", async () => {
    const names = { defaultDestination: "microphone", defaultVideoDestination: "camera" };
    const h = await new OutputHarness({
      ...names,
      params: { videoOutEnabled: true, videoOutIsLive: true, videoOutFps: 10 },
    }).start();
    expect([[...h.sinks.keys()], [...h.videoSinks.keys()]]).toEqual([["microphone"], ["camera"]]);
    const t0 = h.clock.nowMs();
    const named = picture({ syncWithAudio: true });
    named.transportDestination = "camera";
    await h.send(speech(400), named, picture({ syncWithAudio: true }));
    await h.clock.advance(1000);
    expect(timesOf(h, t0)).toEqual([400, 500]);
    await h.send(picture(), picture(), picture());
    const before = h.videoSink.writes.length;
    const stop = new InterruptionFrame();
    stop.transportDestination = "microphone";
    await h.send(stop);
    await h.clock.advance(1000);
    expect(h.videoSink.writes).toHaveLength(before);
    expect(h.logger.warnings()).toEqual([]);
  });

  it("needs no audio output; the sink knows the wanted format and gets pictures as they are", async () => {
    const h = await showing({ audioOutEnabled: false, videoOutWidth: 640, videoOutHeight: 360 });
    await h.send(picture({ syncWithAudio: true }));
    expect(h.videoFormats).toEqual([{ width: 640, height: 360, fps: 10 }]);
    expect(h.videoSink.writes[0]?.image.width).toBe(1);
    expect(h.sinks.size).toBe(0);
  });

  it("passes through where video is off", async () => {
    const h = await new OutputHarness().start();
    await h.send(picture());
    expect(h.downstream.of(OutputImageRawFrame)).toHaveLength(1);
  });

  it("waits until the transport is ready", async () => {
    const h = new OutputHarness({ ready: false, params: { videoOutEnabled: true } });
    await h.start();
    await h.output.openOnly();
    await h.send(picture());
    expect(h.videoSink.writes).toHaveLength(0);
    h.output.makeReady();
    expect(h.videoSink.writes).toHaveLength(1);
  });

  it.each([true, new Error("encoder gone")])(
    "is reported once when the sink does not take it, and then counted (%s)",
    async (how) => {
      const h = await showing();
      h.videoSink.refuseWrites(how);
      await h.send(picture());
      await h.clock.advance(1000);
      const errors = h.upstream.of(ErrorFrame).map(({ error }) => error);
      expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("did not take video")]);
      expect(errors[0]?.cause).toBe(how === true ? undefined : how);
      expect(h.output.stats.video[0]?.refusedImages).toBe(11);
    },
  );

  it.each(["end", "cancel"] as const)("ends with the transport, at %s", async (how) => {
    const h = await showing();
    await h.send(picture());
    h.task[how]();
    await h.finish();
    const { length } = h.videoSink.writes;
    await h.clock.advance(1000);
    expect(h.videoSink.writes).toHaveLength(length);
    expect(h.videoSink.closes).toBe(1);
    expect(h.clock.pendingTimers).toBe(0);
  });
});
