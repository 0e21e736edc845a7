import { describe, expect, it } from "vitest";

import { AudioTicker } from "../../../../src/audio/audio-ticker.ts";
import { createResampler } from "../../../../src/audio/resampler.ts";
import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { NativeAudioSink } from "../../../../src/transport/daily/native/process/native-audio-sink.ts";
import { NativeMedia } from "../../../../src/transport/daily/native/process/native-media.ts";
import { parseReceivedMedia, type ReceivedMedia } from "../../../../src/transport/daily/remote/received-media.ts";
import { fakeWrtc } from "./fake-wrtc.ts";

const RATE = 8000;
const TICK = RATE / 100;

function openSink() {
  const { wrtc, sent } = fakeWrtc();
  const clock = new VirtualClock();
  const reports: [generation: number, samples: number][] = [];
  const sink = new NativeAudioSink(wrtc, new AudioTicker(clock), RATE, (...report) => reports.push(report));
  return { sink, sent, clock, reports };
}

describe("a track in the media process", () => {
  it("plays 10 ms at a time, silence included, and reports every 40 ms and at the end", async () => {
    const { sink, sent, clock, reports } = openSink();
    sink.push(0, new Int16Array(TICK * 5).fill(7));
    await clock.advance(100);
    expect(sent.map((block) => block[0])).toEqual([7, 7, 7, 7, 7, 0, 0, 0, 0, 0]);
    expect(reports).toEqual([
      [0, TICK * 4],
      [0, TICK * 5],
    ]);
    sink.release();
  });

  it("drops what waits at a flush, and what was on its way of the old generation", async () => {
    const { sink, sent, clock, reports } = openSink();
    sink.push(0, new Int16Array(TICK * 5).fill(7));
    await clock.advance(20);
    sink.flush(1);
    sink.push(0, new Int16Array(TICK).fill(7));
    sink.push(1, new Int16Array(TICK).fill(9));
    await clock.advance(20);
    expect(sent.map((block) => block[0])).toEqual([7, 7, 9, 0]);
    expect(reports.at(-1)).toEqual([1, TICK]);
    sink.release();
  });
});

describe("a capture in the media process", () => {
  it("sends mono PCM at the bot's rate, and none while the bot does not read", async () => {
    // As the media process does at its start: later resamplers are there at once.
    (await createResampler(48_000, 16_000)).close();
    const { wrtc, receive } = fakeWrtc();
    const received: (ReceivedMedia | undefined)[] = [];
    let hasRoom = true;
    const send = (message: Buffer): void => {
      received.push(parseReceivedMedia(message));
    };
    const media = new NativeMedia({ wrtc, send, hasRoom: () => hasRoom, clock: new VirtualClock() });
    media.addCapture(3, 16_000);
    media.openCapture(3, { kind: "audio" } as MediaStreamTrack);
    await new Promise((resolve) => setImmediate(resolve));
    const stereo = { samples: new Int16Array(960).fill(500), sampleRate: 48_000, bitsPerSample: 16 as const };
    const block = { ...stereo, channelCount: 2, numberOfFrames: 480 };
    for (let i = 0; i < 10; i++) receive(block);
    const sounds = received.filter((media) => media?.type === "captured");
    const samples = sounds.reduce((sum, { pcm }) => sum + pcm.length, 0);
    expect(sounds[0]).toMatchObject({ captureId: 3 });
    expect(samples).toBeGreaterThan(1500);
    expect(samples).toBeLessThanOrEqual(1600);

    hasRoom = false;
    received.length = 0;
    receive(block);
    expect(received).toEqual([]);
    media.release();
    receive(block);
    expect(received).toEqual([]);
  });
});
