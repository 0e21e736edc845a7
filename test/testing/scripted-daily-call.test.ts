import { beforeEach, describe, expect, it } from "vitest";

import { ScriptedDailyCall } from "../../src/testing/scripted-daily-call.ts";
import { DailyCallError } from "../../src/transport/daily/daily-errors.ts";
import { solidPicture } from "../../src/testing/solid-picture.ts";
import { CAMERA, type CapturedVideo, type VideoCapture } from "../../src/transport/daily/daily-call.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const JOIN = { url: "https://x.daily.co/r", userName: "bot" };

let clock: VirtualClock;
let call: ScriptedDailyCall;

beforeEach(() => {
  clock = new VirtualClock();
  call = new ScriptedDailyCall({ clock });
});

describe("ScriptedDailyCall", () => {
  it("announces participants already present right after the join", async () => {
    const seen: string[] = [];
    call.on("participantJoined", ({ userName }) => seen.push(userName));
    call.addParticipant({ userName: "early" });
    expect(seen).toEqual([]);
    await call.join(JOIN);
    call.addParticipant({ userName: "late" });
    expect(seen).toEqual(["early", "late"]);
  });

  it("delivers speech in blocks of 20 ms in real time, at the rate of the capture", async () => {
    await call.join(JOIN);
    const { sessionId } = call.addParticipant({ userName: "Grace" });
    const blocks: { readonly length: number; readonly atMs: number }[] = [];
    await call.captureAudio(sessionId, "microphone", { sampleRate: 24_000 }, ({ pcm }) =>
      blocks.push({ length: pcm.length, atMs: clock.nowMs() }),
    );
    const startMs = clock.nowMs();
    void call.speak(sessionId, new Int16Array(16 * 60));
    await clock.advance(100);
    expect(blocks.map(({ length, atMs }) => [length, atMs - startMs])).toEqual([
      [480, 0],
      [480, 20],
      [480, 40],
    ]);
  });

  it("delivers pictures at the rate of each capture, scaled and converted, once there is one", async () => {
    await call.join(JOIN);
    const { sessionId } = call.addParticipant({ userName: "Grace", camera: true });
    const taken: string[] = [];
    const take = ({ width, height, format, image: { length } }: CapturedVideo): void => {
      taken.push(`${clock.nowMs() - startMs}: ${width}x${height} ${format} ${length}`);
    };
    await call.captureVideo(sessionId, CAMERA, { fps: 5, format: "RGB", maxWidth: 32 }, take);
    const onRequest = await call.captureVideo(sessionId, CAMERA, { fps: 0 }, take);
    const startMs = clock.nowMs();
    await clock.advance(100);
    call.showImage(sessionId, solidPicture([200, 40, 40]));
    await clock.advance(250);
    onRequest.requestFrame();
    await clock.advance(0);
    call.showImage(sessionId, undefined);
    await clock.advance(1000);
    expect(taken).toEqual(["100: 32x24 RGB 2304", "200: 32x24 RGB 2304", "350: 64x48 I420 4608"]);
  });

  it("gives each capture its own bytes", async () => {
    await call.join(JOIN);
    const { sessionId } = call.addParticipant({ userName: "Grace" });
    call.showImage(sessionId, solidPicture([200, 40, 40]));
    const images: Uint8Array[] = [];
    for (let n = 0; n < 2; n++)
      await call.captureVideo(sessionId, CAMERA, { fps: 1 }, ({ image }) => images.push(image));
    await clock.advance(0);
    images[0]?.fill(0);
    expect(images[1]?.[0]).toBeGreaterThan(0);
  });

  it("ends video captures with their participant, the call or a close, and rejects what cannot be captured", async () => {
    await call.join(JOIN);
    const captures: VideoCapture[] = [];
    let pictures = 0;
    for (const sessionId of ["s1", "s2", "s3"]) {
      call.addParticipant({ userName: sessionId, sessionId });
      call.showImage(sessionId, solidPicture([1, 2, 3]));
      captures.push(await call.captureVideo(sessionId, CAMERA, { fps: 10 }, () => pictures++));
    }
    expect(call.capturesOf("s1")).toEqual([CAMERA]);
    await expect(call.captureVideo("s9", CAMERA, {}, () => 0)).rejects.toMatchObject({ code: "unknownParticipant" });
    await expect(call.captureVideo("s1", "microphone", {}, () => 0)).rejects.toMatchObject({ field: "trackName" });
    captures[0]?.close();
    call.removeParticipant("s2");
    expect(captures.map(({ closed }) => closed)).toEqual([true, true, false]);
    pictures = 0;
    await clock.advance(1000);
    expect(pictures).toBe(10);
    await call.leave();
    expect(captures.map(({ closed }) => closed)).toEqual([true, true, true]);
    await clock.advance(1000);
    expect(pictures).toBe(10);
    await expect(call.captureVideo("s1", CAMERA, {}, () => 0)).rejects.toMatchObject({ code: "notJoined" });
  });

  it("rejects app messages above its limit, and records the others with their time", async () => {
    await call.join(JOIN);
    await call.sendAppMessage({ a: 1 }, "s1");
    await expect(call.sendAppMessage("x".repeat(4095))).rejects.toMatchObject({ code: "messageTooLarge" });
    expect(call.sent).toEqual([{ atMs: clock.nowMs(), data: { a: 1 }, to: "s1" }]);
  });

  it("plays what is written in real time, and drops on a flush what was not heard", async () => {
    await call.join(JOIN);
    const sink = await call.publishAudio("stream", { sampleRate: 1000 });
    sink.write(new Int16Array(100).fill(1));
    await clock.advance(40);
    expect([sink.playedSamples, sink.flush(), sink.writtenSamples]).toEqual([40, 40, 40]);
    sink.write(new Int16Array(10).fill(2));
    await expect(Promise.all([sink.whenPlayed(50), clock.advance(20)])).resolves.toContain("played");
    expect([...sink.heard()]).toEqual([...new Array<number>(40).fill(1), ...new Array<number>(10).fill(2)]);
  });

  it("fails scripted operations once, in order", async () => {
    call.failNext("join", new DailyCallError("roomNotFound", "No room."));
    await expect(call.join(JOIN)).rejects.toMatchObject({ code: "roomNotFound" });
    await expect(call.join(JOIN)).resolves.toMatchObject({ maxAppMessageSize: 4096 });
  });

  it("emits an error, closes the sinks and fails every later call when the runtime dies", async () => {
    await call.join(JOIN);
    const sink = await call.publishAudio("stream", { sampleRate: 1000 });
    const errors: Error[] = [];
    call.on("error", (error) => errors.push(error));
    call.die();
    expect(errors).toMatchObject([{ code: "runtimeDied" }]);
    expect(sink.closed).toBe(true);
    await expect(call.sendAppMessage({})).rejects.toMatchObject({ code: "notJoined" });
  });

  it("emits the reason when the room ends the call, and can join again", async () => {
    await call.join(JOIN);
    const left: string[] = [];
    call.on("left", (reason) => left.push(reason));
    call.endFromOutside("ejected");
    expect([left, call.state]).toEqual([["ejected"], "left"]);
    await call.join(JOIN);
    expect(call.state).toBe("joined");
  });

  it("records published pictures with their time, and frees the name at the close", async () => {
    await call.join(JOIN);
    const sink = await call.publishVideo(CAMERA, { width: 32, height: 32 });
    const image = new Uint8Array(32 * 32 * 3);
    await clock.advance(40);
    expect(sink.write({ image, width: 32, height: 32, format: "RGB" })).toBe(true);
    image.fill(9);
    expect(sink.writes).toMatchObject([{ atMs: clock.nowMs(), picture: { image: { 0: 0 }, format: "RGB" } }]);
    expect(() => sink.write({ image, width: 32, height: 32, format: "RGBA" })).toThrow("4096 bytes");
    await expect(call.publishVideo(CAMERA, { width: 32, height: 32 })).rejects.toMatchObject({
      code: "alreadyPublished",
    });
    await sink.close();
    expect(sink.write({ image, width: 32, height: 32, format: "RGB" })).toBe(false);
    expect(sink).toMatchObject({ closed: true, droppedPictures: 1 });
    const again = await call.publishVideo(CAMERA, { width: 32, height: 32 });
    await call.leave();
    expect(again.closed).toBe(true);
    await expect(call.publishVideo("cat", { width: 32, height: 32 })).rejects.toMatchObject({ code: "notJoined" });
  });

  it.each([
    ["microphone", {}, "trackName"],
    ["cam-video", {}, "trackName"],
    ["", {}, "trackName"],
    ["n".repeat(51), {}, "trackName"],
    [CAMERA, { width: 33 }, "width"],
    [CAMERA, { height: 1922 }, "height"],
    [CAMERA, { fps: 0 }, "fps"],
    [CAMERA, { maxBitrate: 1 }, "maxBitrate"],
  ])("rejects publishing video as %j in %j", async (name, format, field) => {
    await call.join(JOIN);
    await expect(call.publishVideo(name, { width: 32, height: 32, ...format })).rejects.toMatchObject({ field });
  });

  it("records requests that change nothing by themselves, and reports what the test says", async () => {
    const seen: unknown[] = [];
    await expect(call.startRecording()).rejects.toMatchObject({ code: "notJoined" });
    call.on("recordingStarted", (recording) => seen.push(recording));
    call.on("callStateUpdated", (state, before) => seen.push(`${before} to ${state}`));
    await call.join(JOIN);
    await call.startRecording({ type: "cloud" });
    expect(call.controls).toEqual([{ control: "startRecording", argument: { type: "cloud" } }]);
    call.report("recordingStarted", { instanceId: "i" });
    call.answers.set("telephony", { session: { sessionId: "p" } });
    expect(await call.telephony("startDialOut", { phoneNumber: "+1" })).toEqual({ session: { sessionId: "p" } });
    call.failNext("setUserName", new DailyCallError("requestFailed", "No."));
    await expect(call.setUserName("Eve")).rejects.toThrow("No.");
    await expect(call.updateRemoteParticipants({ nobody: { eject: true } })).rejects.toMatchObject({
      code: "unknownParticipant",
    });
    call.endFromOutside("roomEnded");
    call.report("recordingStarted", { instanceId: "j" });
    expect(seen).toEqual(["new to joining", "joining to joined", { instanceId: "i" }, "joined to left"]);
  });
});
