import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  InterruptionFrame,
  OutputImageRawFrame,
  SpeechOutputAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
} from "../../../src/frames/index.ts";
import { pcm, speech } from "../frames.ts";
import { OutputHarness } from "./output-harness.ts";

const PIXELS = new Uint8Array(3);
const BLOCK_MS = 20;

async function showing(): Promise<OutputHarness> {
  return await new OutputHarness({ params: { videoOutEnabled: true, audioOut10msChunks: 2 } }).start();
}

function image(capturedAtMs: number): OutputImageRawFrame {
  return new OutputImageRawFrame({ image: PIXELS, width: 1, height: 1, capturedAtMs });
}

/** Captured now, less its own length. */
function block(h: OutputHarness, level = 1000, durationMs = BLOCK_MS): SpeechOutputAudioRawFrame {
  const capturedAtMs = h.clock.nowMs() - durationMs;
  return new SpeechOutputAudioRawFrame({ audio: pcm(durationMs, 24_000, level), sampleRate: 24_000, capturedAtMs });
}

/** Lets a stream arrive in real time. */
async function streams(h: OutputHarness, durationMs: number, level = 1000): Promise<void> {
  for (let ms = 0; ms < durationMs; ms += BLOCK_MS) {
    await h.clock.advance(BLOCK_MS);
    await h.send(block(h, level));
  }
}

/** When each image was shown, relative to its capture. */
function delays(h: OutputHarness): number[] {
  return h.videoSink.writes.map(({ atMs, image: { capturedAtMs = NaN } }) => Math.round(atMs - capturedAtMs));
}

describe("images of a live stream", () => {
  it("are shown when the sound captured with them is heard", async () => {
    const h = await showing();
    await streams(h, 100);
    // A stall on the way: 60 ms arrive in one piece, and from here on everything is heard that much later.
    await h.send(block(h, 1000, 60));
    for (let n = 0; n < 5; n++) {
      await streams(h, BLOCK_MS);
      await h.send(image(h.clock.nowMs()));
      await streams(h, BLOCK_MS);
    }
    await h.clock.advance(100);
    expect(delays(h)).toEqual([80, 80, 80, 80, 80]);
  });

  it("are shown at once without any sound, and again when the sound is over", async () => {
    const h = await showing();
    await h.send(image(h.clock.nowMs()));
    await streams(h, 100);
    await h.send(block(h, 1000, 60));
    await h.clock.advance(2000);
    await h.send(image(h.clock.nowMs()));
    expect(delays(h)).toEqual([0, 0]);
  });

  it("that are late are shown at once, and not at all 80 ms behind", async () => {
    const h = await showing();
    await streams(h, 100);
    const nowMs = h.clock.nowMs();
    await h.send(image(nowMs - 100));
    await h.send(image(nowMs - 50));
    await h.send(image(nowMs - 120));
    expect(h.videoSink.writes.map(({ image: { capturedAtMs } }) => capturedAtMs)).toEqual([nowMs - 100, nowMs - 50]);
    expect(h.output.stats.video[0]).toMatchObject({ droppedImages: 1, writtenImages: 2 });
  });

  it("do not stand still when all of them are late", async () => {
    const h = await showing();
    for (let n = 0; n < 50; n++) {
      await streams(h, 40);
      await h.send(image(h.clock.nowMs() - 150));
    }
    expect(h.videoSink.writes.length).toBeGreaterThanOrEqual(9);
  });

  it("are replaced by newer ones that are due at the same time", async () => {
    const h = await showing();
    await streams(h, 100);
    await h.send(block(h, 1000, 60));
    const nowMs = h.clock.nowMs();
    await h.send(image(nowMs), image(nowMs));
    await h.clock.advance(100);
    expect(h.output.stats.video[0]).toMatchObject({ droppedImages: 1, writtenImages: 1 });
  });

  it("wait six at a time: one more makes the oldest early, and never two are shown in one moment", async () => {
    const h = await showing();
    await streams(h, 100);
    await h.send(block(h, 1000, 500));
    const nowMs = h.clock.nowMs();
    await h.send(...Array.from({ length: 8 }, (_, index) => image(nowMs + index)));
    expect(h.videoSink.writes.map(({ image: { capturedAtMs } }) => capturedAtMs)).toEqual([nowMs]);
    expect(h.output.stats.video[0]).toMatchObject({ queuedImages: 6, droppedImages: 1 });
  });

  it("the newest is shown at once on an interruption", async () => {
    const h = await showing();
    await streams(h, 100);
    await h.send(block(h, 1000, 200));
    const nowMs = h.clock.nowMs();
    await h.send(image(nowMs), image(nowMs + 1));
    await h.send(new InterruptionFrame());
    await h.clock.advance(1000);
    expect(h.videoSink.writes.map(({ image: { capturedAtMs } }) => capturedAtMs)).toEqual([nowMs + 1]);
  });

  it("replace a picture that was set, and are not repeated", async () => {
    const h = await showing();
    await h.send(new OutputImageRawFrame({ image: PIXELS, width: 1, height: 1 }));
    await h.clock.advance(100);
    const before = h.videoSink.writes.length;
    await h.send(image(h.clock.nowMs()));
    await h.clock.advance(1000);
    expect(h.videoSink.writes).toHaveLength(before + 1);
  });
});

describe("sound of a live stream", () => {
  it("is not heard ever later when it is longer than its time: silence beyond 60 ms is left out", async () => {
    const h = await showing();
    // A sender whose clock is 5 % fast, with a pause after each second.
    for (let second = 0; second < 20; second++) {
      for (let ms = 0; ms < 1000; ms += 19) {
        await h.clock.advance(19);
        await h.send(block(h, ms < 700 ? 1000 : 0));
      }
      expect(h.output.stats.audio[0]?.leadMs).toBeLessThanOrEqual(60 + BLOCK_MS);
    }
  });

  it("that is loud is not left out, however late it is", async () => {
    const h = await showing();
    await h.send(block(h, 1000, 400));
    await streams(h, 400);
    await h.clock.advance(500);
    expect(h.sink.playedSamples / 24).toBe(800);
  });

  it("of a sink that plays nothing any more does not pile up", async () => {
    const h = await new OutputHarness({ params: { videoOutEnabled: true }, sinkLatencyMs: 60_000 }).start();
    await streams(h, 5000);
    const { queuedMs = 0, leadMs = 0 } = h.output.stats.audio[0] ?? {};
    expect(queuedMs + leadMs).toBeLessThanOrEqual(1040);
  });

  it("that TTS audio continues is one turn of the bot, which ends with the utterance", async () => {
    const h = await showing();
    await h.send(new TTSStartedFrame("c"));
    await streams(h, 200);
    await h.send(speech(500), new TTSStoppedFrame("c"));
    const stoppedMs = h.clock.nowMs();
    await h.clock.advance(3000);
    expect(h.downstream.atMs(BotStartedSpeakingFrame)).toHaveLength(1);
    const stops = h.downstream.atMs(BotStoppedSpeakingFrame);
    expect(stops).toHaveLength(1);
    expect((stops[0] ?? 0) - stoppedMs).toBeLessThanOrEqual(540);
  });
});
