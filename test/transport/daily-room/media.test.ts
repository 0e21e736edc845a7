import { afterEach, describe, expect, it } from "vitest";

import {
  ErrorFrame,
  OutputImageRawFrame,
  UserAudioRawFrame,
  UserImageRawFrame,
  UserImageRequestFrame,
} from "../../../src/frames/index.ts";
import { solidPicture } from "../../../src/testing/solid-picture.ts";
import type { DailyParamsInput } from "../../../src/transport/daily-room/daily-options-types.ts";
import { pcm, speech } from "../frames.ts";
import { DailyHarness } from "./daily-harness.ts";

let h: DailyHarness;

afterEach(async () => {
  h.task.cancel();
  await h.finish();
});

async function stage(params: DailyParamsInput = {}): Promise<DailyHarness> {
  h = await new DailyHarness({ options: { params } }).start();
  return h;
}

function picture(options: { destination?: string; syncWithAudio?: boolean } = {}): OutputImageRawFrame {
  const { destination, syncWithAudio = false } = options;
  const frame = new OutputImageRawFrame({ image: new Uint8Array(16 * 16 * 3), width: 16, height: 16, syncWithAudio });
  if (destination !== undefined) frame.transportDestination = destination;
  return frame;
}

const errors = (): string[] => h.upstream.of(ErrorFrame).map(({ error }) => error.message);

describe("what users say", () => {
  it("is pushed with its speaker, for everyone in the room, from before and after the bot", async () => {
    h = new DailyHarness();
    h.call.addParticipant({ userName: "Grace", sessionId: "s1", userId: "grace" });
    await h.start();
    h.call.addParticipant({ userName: "Hopper", sessionId: "s2" });
    await h.clock.advance(0);
    void h.call.speak("s1", pcm(40, 16_000, 1));
    void h.call.speak("s2", pcm(40, 16_000, 2));
    await h.clock.advance(100);
    const heard = h.middle.of(UserAudioRawFrame);
    expect(heard.map(({ userId, audio, transportSource }) => [userId, audio[0], transportSource])).toEqual([
      ["grace", 1, "microphone"],
      ["s2", 2, "microphone"],
      ["grace", 1, "microphone"],
      ["s2", 2, "microphone"],
    ]);
  });

  it("is captured from the tracks that audioInSources names", async () => {
    await stage({ audioInSources: ["screenAudio", "stream"] });
    h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    await h.clock.advance(0);
    expect(h.call.captured).toEqual(["s1/screenAudio", "s1/stream"]);
  });

  it("is not captured where audio input is off", async () => {
    await stage({ audioInEnabled: false });
    h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    await h.clock.advance(0);
    expect(h.call.captured).toEqual([]);
    await expect(h.transport.captureParticipantAudio("s1")).rejects.toMatchObject({ field: "params.audioInEnabled" });
  });

  it("is captured from other tracks on request, until the capture is closed or the user leaves", async () => {
    await stage();
    const user = h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    await h.clock.advance(0);
    const screen = await h.transport.captureParticipantAudio(user, { source: "screenAudio", sampleRate: 48_000 });
    expect(h.call.capturesOf("s1")).toEqual(["microphone", "screenAudio"]);
    screen.close();
    expect(h.call.capturesOf("s1")).toEqual(["microphone"]);
    h.call.removeParticipant("s1");
    await expect(h.transport.captureParticipantAudio("s1")).rejects.toMatchObject({ code: "unknownParticipant" });
  });

  it("that cannot be captured is an error, unless the user has left in the meantime", async () => {
    await stage();
    h.call.failNext("captureAudio", new Error("no track"));
    h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    await h.clock.advance(0);
    expect(errors()).toEqual(["no track"]);
    h.call.failNext("captureAudio", new Error("gone"));
    h.call.addParticipant({ userName: "Hopper", sessionId: "s2" });
    h.call.removeParticipant("s2");
    await h.clock.advance(0);
    expect(errors()).toEqual(["no track"]);
  });

  it("is received as updateSubscriptions says", async () => {
    await stage();
    h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    await h.transport.updateSubscriptions({ s1: { screenAudio: true } });
    expect(h.call.subscriptions).toContainEqual({ sessionId: "s1", subscription: { screenAudio: true } });
    const wrong = { s1: { screen: true } } as unknown as Parameters<typeof h.transport.updateSubscriptions>[0];
    await expect(h.transport.updateSubscriptions(wrong)).rejects.toMatchObject({ field: "subscriptions" });
  });
});

describe("what users show", () => {
  it("is captured from the sources that videoInSources names, as it says", async () => {
    await stage({
      videoInEnabled: true,
      videoInSources: { camera: { fps: 5, maxWidth: 32 }, screenVideo: { fps: 1 } },
    });
    h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    h.call.showImage("s1", solidPicture([200, 0, 0]));
    await h.clock.advance(1000);
    expect(h.call.captured).toEqual(["s1/microphone", "s1/camera", "s1/screenVideo"]);
    const pictures = h.middle.of(UserImageRawFrame);
    expect(pictures).toHaveLength(6);
    expect(pictures[0]).toMatchObject({ userId: "s1", transportSource: "camera", format: "RGB", width: 32 });
  });

  it("is captured on request, and one by one for UserImageRequestFrames", async () => {
    await stage({ videoInEnabled: true });
    const user = h.call.addParticipant({ userName: "Grace", sessionId: "s1", userId: "grace" });
    h.call.showImage("s1", solidPicture([200, 0, 0]));
    const request = new UserImageRequestFrame({ userId: "grace", text: "What is this?" });
    h.middle.push(request, "upstream");
    await h.clock.advance(100);
    expect(h.middle.of(UserImageRawFrame)).toMatchObject([{ request, text: "What is this?" }]);
    const capture = await h.transport.captureParticipantVideo(user, { fps: 10 });
    await h.clock.advance(500);
    expect(h.middle.of(UserImageRawFrame).length).toBeGreaterThan(4);
    h.call.removeParticipant("s1");
    expect(capture.closed).toBe(true);
  });

  it("is ignored unless videoInEnabled", async () => {
    await stage();
    const user = h.call.addParticipant({ userName: "Grace", sessionId: "s1" });
    await expect(h.transport.captureParticipantVideo(user)).rejects.toMatchObject({ field: "params.videoInEnabled" });
    h.middle.push(new UserImageRequestFrame({ userId: "s1" }), "upstream");
    h.middle.push(new UserImageRequestFrame({ userId: "s1" }), "upstream");
    await h.clock.advance(0);
    expect(h.transport.input().ignoredImageRequests).toBe(2);
    expect(h.logger.warnings()).toHaveLength(1);
  });
});

describe("what the bot says", () => {
  it("is its microphone and the tracks that audioOutDestinations names", async () => {
    await stage({ audioOutDestinations: ["music"], audioOutSampleRate: 48_000 });
    expect([...h.call.sinks].map(([name, { sampleRate }]) => [name, sampleRate])).toEqual([
      ["microphone", 48_000],
      ["music", 48_000],
    ]);
    const [voice, music] = [speech(100, 48_000, 500), speech(100, 48_000, 900)];
    music.transportDestination = "music";
    await h.send(voice, music);
    await h.clock.advance(500);
    expect(new Set(h.call.sinks.get("microphone")!.heard())).toEqual(new Set([500]));
    expect(new Set(h.call.sinks.get("music")!.heard())).toEqual(new Set([900]));
  });

  it("is the first custom track where the microphone is off", async () => {
    await stage({ microphoneOutEnabled: false, audioOutDestinations: ["stream", "music"] });
    expect([...h.call.sinks.keys()]).toEqual(["stream", "music"]);
    await h.send(speech(100));
    await h.clock.advance(500);
    expect(h.call.sinks.get("stream")!.heard()).toContain(1000);
    expect(h.logger.warnings()).toEqual([]);
  });

  it("is nothing where audio output is off", async () => {
    await stage({ audioOutEnabled: false });
    expect([...h.call.sinks.keys()]).toEqual([]);
  });
});

describe("what the bot shows", () => {
  it("is its camera, in the format of the params, repeated until the next picture", async () => {
    await stage({
      videoOutEnabled: true,
      videoOutWidth: 320,
      videoOutHeight: 240,
      videoOutFps: 10,
      videoOutBitrate: 2e5,
    });
    const camera = h.call.videoSinks.get("camera")!;
    expect(camera.format).toEqual({ width: 320, height: 240, fps: 10, maxBitrate: 200_000 });
    await h.send(picture(), picture({ destination: "camera" }));
    await h.clock.advance(950);
    expect(camera.writes).toHaveLength(10);
    expect(camera.writes[0]?.picture).toMatchObject({ width: 16, height: 16, format: "RGB" });
    expect(h.logger.warnings()).toEqual([]);
  });

  it("goes to the destinations that pictures name, the shared screen included", async () => {
    await stage({ videoOutEnabled: true, videoOutIsLive: true, videoOutDestinations: ["screenVideo", "slides"] });
    await h.send(
      picture({ destination: "screenVideo" }),
      picture({ destination: "slides" }),
      picture({ destination: "no" }),
    );
    await h.clock.advance(100);
    expect([...h.call.videoSinks].map(([name, { writes }]) => [name, writes.length])).toEqual([
      ["camera", 0],
      ["screenVideo", 1],
      ["slides", 1],
    ]);
    expect(h.logger.warnings()).toEqual([expect.stringMatching(/"no".*videoOutDestinations/)]);
  });

  it("waits for the voice where it is to be shown with it", async () => {
    await stage({ videoOutEnabled: true, videoOutIsLive: true });
    const t0 = h.clock.nowMs();
    await h.send(speech(400), picture({ syncWithAudio: true }));
    await h.clock.advance(1000);
    expect(h.call.videoSinks.get("camera")!.writes.map(({ atMs }) => Math.round(atMs - t0))).toEqual([400]);
  });

  it("needs no camera where cameraOutEnabled is false", async () => {
    await stage({ videoOutEnabled: true, cameraOutEnabled: false, videoOutDestinations: ["screenVideo"] });
    expect([...h.call.videoSinks.keys()]).toEqual(["screenVideo"]);
  });

  it("is no error while the encoder is busy, and one when it is a compressed file or the track is closed", async () => {
    await stage({ videoOutEnabled: true, videoOutIsLive: true });
    const camera = h.call.videoSinks.get("camera")!;
    camera.refuseWrites();
    await h.send(picture());
    await h.clock.advance(100);
    expect(errors()).toEqual([]);
    camera.refuseWrites(false);
    await h.send(new OutputImageRawFrame({ image: new Uint8Array(9), width: 1, height: 1, format: "PNG" }));
    await h.clock.advance(100);
    expect(h.upstream.of(ErrorFrame).map(({ error }) => error.cause)).toMatchObject([{ code: "compressedPicture" }]);
  });

  it("is closed with the end of the bot", async () => {
    await stage({ videoOutEnabled: true });
    await h.send(picture());
    h.task.end();
    await h.finish();
    expect(h.call.videoSinks.get("camera")!.closed).toBe(true);
    expect(h.clock.pendingTimers).toBe(0);
  });
});
