import { afterEach, describe, expect, it } from "vitest";

import {
  ErrorFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  UserImageRawFrame,
  UserImageRequestFrame,
} from "../../../src/frames/index.ts";
import { solidPicture } from "../../../src/testing/solid-picture.ts";
import type { VideoCapture } from "../../../src/transport/daily/daily-call.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { UserImageError } from "../../../src/transport/room/user-video.ts";
import { speech } from "../frames.ts";
import { PAL, TavusHarness, type TavusHarnessOptions, USER } from "./tavus-harness.ts";

const RED = solidPicture([200, 40, 40]);
const BLUE = solidPicture([40, 60, 200]);

let harness: TavusHarness;

afterEach(async () => {
  harness.task.cancel();
  await harness.finish();
});

/** A bot that may see, a pal and a user in a room, each with a camera that is on. */
async function stage(options: TavusHarnessOptions["options"] = {}) {
  harness = new TavusHarness({ options: { params: { videoInEnabled: true }, ...options } });
  await harness.start();
  const pal = harness.call.addParticipant({ ...PAL, camera: true });
  const user = harness.call.addParticipant({ ...USER, userId: "grace", camera: true });
  harness.call.showImage(pal.sessionId, BLUE);
  harness.call.showImage(user.sessionId, RED);
  await harness.clock.advance(10);
  const { call, clock, transport } = harness;
  return { call, clock, transport, pal, user };
}

const pictures = (): UserImageRawFrame[] => harness.middle.of(UserImageRawFrame);

/** Goes upstream, from behind the input. */
async function ask(fields: ConstructorParameters<typeof UserImageRequestFrame>[0]): Promise<UserImageRequestFrame> {
  const request = new UserImageRequestFrame(fields);
  harness.middle.push(request, "upstream");
  await harness.clock.advance(0);
  return request;
}

function imageErrors(): UserImageError[] {
  const errors = harness.upstream.of(ErrorFrame).map(({ error }) => error);
  return errors.filter((error) => error instanceof UserImageError);
}

describe("captureParticipantVideo()", () => {
  it("is necessary: no camera is captured by itself", async () => {
    const { call, clock } = await stage();
    await clock.advance(5000);
    expect(call.captured.filter((name) => name.endsWith("camera"))).toEqual([]);
    expect(pictures()).toEqual([]);
  });

  it("pushes a user's camera into the pipeline at the given rate, with its user and its track", async () => {
    const { clock, transport, user } = await stage();
    const capture = await transport.captureParticipantVideo(user, { fps: 5 });
    await clock.advance(1000);
    expect(pictures()).toHaveLength(6);
    expect(pictures()[0]).toMatchObject({
      ...{ userId: "grace", transportSource: "camera", format: "RGB", width: 64, height: 48, request: undefined },
    });
    const [red = 0, green = 0, blue = 0] = pictures()[0]?.image ?? [];
    expect([red > 180, green < 60, blue < 60]).toEqual([true, true, true]);
    capture.close();
    await clock.advance(1000);
    expect(pictures()).toHaveLength(6);
  });

  it("accepts another source, rate, format and width", async () => {
    const { call, clock, transport, user } = await stage();
    call.showImage(user.sessionId, BLUE, { trackName: "screenVideo" });
    const options = { source: "screenVideo", fps: 1, format: "I420", maxWidth: 32 } as const;
    await transport.captureParticipantVideo(user.sessionId, options);
    await clock.advance(0);
    expect(pictures()).toMatchObject([{ transportSource: "screenVideo", format: "I420", width: 32 }]);
  });

  it("replaces the earlier capture of the same camera", async () => {
    const { call, clock, transport, user } = await stage();
    const first = await transport.captureParticipantVideo(user, { fps: 30 });
    await transport.captureParticipantVideo(user, { fps: 1 });
    expect([first.closed, call.capturesOf(user.sessionId)]).toEqual([true, ["microphone", "camera"]]);
    // The first picture of the new capture is on its way.
    await clock.advance(0);
    const before = pictures().length;
    await clock.advance(2500);
    expect(pictures().length - before).toBe(2);
  });

  it("ends when the user leaves and when the pipeline ends", async () => {
    const { call, clock, transport, pal, user } = await stage();
    const capture = await transport.captureParticipantVideo(user, { fps: 10 });
    call.removeParticipant(user.sessionId);
    expect(capture.closed).toBe(true);
    const other = call.addParticipant({ userName: "Hopper" });
    const last = await transport.captureParticipantVideo(other, { fps: 10 });
    const ofPal = await transport.captureParticipantVideo(pal, { fps: 10 });
    await harness.send(new TTSStartedFrame(), speech(5000), new TTSStoppedFrame());
    harness.task.end();
    await clock.advance(0);
    // The output stays until all is said; the input's part is over.
    expect([call.state, last.closed, ofPal.closed]).toEqual(["joined", true, true]);
    expect(call.capturesOf(other.sessionId)).toEqual([]);
  });

  it("is rejected unless videoInEnabled", async () => {
    const { transport, user } = await stage({ params: {} });
    await expect(transport.captureParticipantVideo(user)).rejects.toMatchObject({ field: "params.videoInEnabled" });
    await ask({ userId: "grace" });
    await ask({ userId: "grace" });
    expect(transport.input().ignoredImageRequests).toBe(2);
    expect(harness.logger.lines.filter(({ message }) => message.includes("videoInEnabled"))).toHaveLength(1);
  });

  it("is rejected outside of the call, and for an unknown participant", async () => {
    const { transport, user } = await stage();
    await expect(transport.captureParticipantVideo("nobody")).rejects.toMatchObject({ code: "unknownParticipant" });
    harness.task.cancel();
    await harness.finish();
    await expect(transport.captureParticipantVideo(user)).rejects.toMatchObject({ code: "notJoined" });
  });
});

describe("the pal's picture", () => {
  it("is not a user's: its user id brings none, its session id does", async () => {
    const { call, clock, transport, pal } = await stage();
    await ask({ userId: pal.userId });
    await clock.advance(10_000);
    expect(pictures()).toEqual([]);
    expect(call.capturesOf(pal.sessionId)).not.toContain("camera");
    expect(imageErrors()).toMatchObject([{ code: "noUserImage", userId: pal.userId }]);

    const request = await ask({ userId: pal.sessionId });
    expect(pictures()).toMatchObject([{ userId: pal.userId, request }]);
    await transport.captureParticipantVideo(pal.sessionId, { fps: 1 });
    await clock.advance(0);
    expect(pictures()).toHaveLength(2);
  });

  it("is captured on request from its join until it leaves", async () => {
    const { call, clock, transport } = await stage();
    call.removeParticipant(
      [...call.participants().values()].find(({ userId }) => userId === PAL.userId)?.sessionId ?? "",
    );
    const captures: VideoCapture[] = [];
    transport.on("palJoined", async (pal) => {
      captures.push(await transport.captureParticipantVideo(pal, { fps: 1 }));
    });
    const { sessionId } = call.addParticipant({ ...PAL, camera: true });
    call.showImage(sessionId, BLUE);
    await clock.advance(1500);
    expect(pictures()).toHaveLength(2);
    call.removeParticipant(sessionId);
    await clock.advance(1500);
    expect([pictures().length, captures[0]?.closed]).toEqual([2, true]);
  });

  it("is dropped from the moment a supposed user turns out to be the pal", async () => {
    const { call, clock, transport } = await stage();
    const late = call.addParticipant({ userName: "Somebody", camera: true });
    call.showImage(late.sessionId, BLUE);
    await clock.advance(0);
    const capture = await transport.captureParticipantVideo(late, { fps: 10 });
    await clock.advance(100);
    const before = pictures().length;
    expect(before).toBeGreaterThan(0);
    call.updateParticipant(late.sessionId, { userId: PAL.userId ?? "" });
    await clock.advance(1000);
    expect([pictures().length, capture.closed]).toEqual([before, true]);
  });
});

describe("a request for a picture", () => {
  it("is answered by exactly one picture that names it, and the camera is released", async () => {
    const { call, clock, user } = await stage();
    const request = await ask({ userId: "grace", text: "What is that?", appendToContext: true });
    await clock.advance(10_000);
    expect(pictures()).toHaveLength(1);
    expect(pictures()[0]).toMatchObject({ userId: "grace", text: "What is that?", appendToContext: true });
    expect(pictures()[0]?.request).toBe(request);
    expect(call.capturesOf(user.sessionId)).toEqual(["microphone"]);
    expect(imageErrors()).toEqual([]);
  });

  it("gets the next picture of an open capture; the other pictures name no request", async () => {
    const { clock, transport, user } = await stage();
    await transport.captureParticipantVideo(user, { fps: 1 });
    await clock.advance(300);
    const request = await ask({ userId: "grace" });
    await clock.advance(2000);
    expect(pictures().map((frame) => frame.request)).toEqual([undefined, request, undefined, undefined]);
  });

  it("is quick with a capture of rate 0, which costs nothing before", async () => {
    const { call, clock, transport, user } = await stage();
    await transport.captureParticipantVideo(user, { fps: 0 });
    await clock.advance(5000);
    expect(pictures()).toEqual([]);
    await ask({ userId: "grace" });
    await ask({ userId: "grace" });
    expect(pictures()).toHaveLength(2);
    expect(call.captured.filter((name) => name.endsWith("camera"))).toHaveLength(1);
  });

  it("is answered once, also among several at the same time", async () => {
    const { call, clock, user } = await stage();
    call.showImage(user.sessionId, undefined);
    const requests = [await ask({ userId: "grace" }), await ask({ userId: "grace" }), await ask({ userId: "grace" })];
    await clock.advance(1000);
    call.showImage(user.sessionId, RED);
    await clock.advance(10_000);
    expect(pictures().map(({ request }) => request)).toEqual(requests);
  });

  it("takes the latest session of a user that has two", async () => {
    const { call } = await stage();
    const second = call.addParticipant({ userName: "Grace", userId: "grace", camera: true });
    call.showImage(second.sessionId, BLUE);
    await harness.clock.advance(0);
    await ask({ userId: "grace" });
    const [, , blue = 0] = pictures()[0]?.image ?? [];
    expect(blue).toBeGreaterThan(180);
  });

  it("in progress is taken over by a new capture of the same camera", async () => {
    const { call, clock, transport, user } = await stage();
    call.showImage(user.sessionId, undefined);
    const request = await ask({ userId: "grace" });
    await transport.captureParticipantVideo(user, { fps: 0 });
    call.showImage(user.sessionId, RED);
    await clock.advance(10_000);
    expect(pictures().map((frame) => frame.request)).toEqual([request]);
    expect(imageErrors()).toEqual([]);
  });

  it("that is not answered in time is an error with the user and the reason", async () => {
    const { call, clock, user } = await stage();
    call.showImage(user.sessionId, undefined);
    await ask({ userId: "grace" });
    await clock.advance(4999);
    expect(imageErrors()).toEqual([]);
    await clock.advance(1);
    expect(imageErrors()).toMatchObject([{ userId: "grace", videoSource: "camera", retryable: true }]);
    expect(imageErrors()[0]?.message).toBe('There is no picture of "grace" (camera): none came within 5000 ms.');
    expect(call.capturesOf(user.sessionId)).toEqual(["microphone"]);
    call.showImage(user.sessionId, RED);
    await clock.advance(1000);
    expect(pictures()).toEqual([]);
  });

  it("is an error with the reason for a camera that is off, an unknown user, a user that left, and a failing call", async () => {
    const { call, clock, user } = await stage();
    call.showImage(user.sessionId, undefined);
    call.updateParticipant(user.sessionId, { camera: { kind: "video", state: "off", subscribed: false } });
    await ask({ userId: "grace" });
    await clock.advance(5000);
    await ask({ userId: "nobody" });
    call.failNext("captureVideo", new DailyCallError("trackFailed", "No such track."));
    await ask({ userId: "grace" });
    await ask({ userId: "grace" });
    call.removeParticipant(user.sessionId);
    await clock.advance(10_000);
    expect(imageErrors().map(({ message }) => message.split(": ")[1])).toEqual([
      "it is switched off.",
      "nobody with that id is in the room.",
      "No such track.",
      "they are not in the room any more.",
    ]);
  });

  it("beyond 32 in progress is rejected", async () => {
    const { call, user } = await stage();
    call.showImage(user.sessionId, undefined);
    for (let n = 0; n < 33; n++) await ask({ userId: "grace" });
    expect(imageErrors()).toHaveLength(1);
    call.showImage(user.sessionId, RED);
    await harness.clock.advance(0);
    expect(pictures()).toHaveLength(32);
  });

  it("in progress at the end of the call is dropped without an error and leaves no timer", async () => {
    const { call, clock, user } = await stage();
    call.showImage(user.sessionId, undefined);
    await ask({ userId: "grace" });
    harness.task.cancel();
    await harness.finish();
    await clock.advance(10_000);
    expect([pictures(), imageErrors()]).toEqual([[], []]);
  });
});
