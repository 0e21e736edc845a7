import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { CAMERA, type DailyCallEvents } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, REAL_RUNTIMES, type WatchedCall } from "../support/calls.ts";
import { warmBrowser } from "../support/tavus.ts";
import { until } from "../support/until.ts";

describe.each(REAL_RUNTIMES)("what a call asks of a local room, in the %s runtime", (runtime) => {
  let emulator: Emulator;
  let calls: Calls;
  let owner: WatchedCall;
  let guest: WatchedCall;

  warmBrowser(runtime);
  beforeEach(async () => {
    emulator = await startEmulator({ logger: silentLogger });
    const room = emulator.createRoom("r", { enableRecording: true });
    calls = new Calls(runtime);
    owner = await calls.join(emulator.roomUrl("r"), "Ada", { token: room.issueToken({ owner: true }) });
    guest = await calls.join(emulator.roomUrl("r"), "Grace", { runtime: "native" });
    await Promise.all([owner.sees("Grace"), guest.sees("Ada")]);
  });
  afterEach(async () => {
    await calls[Symbol.asyncDispose]();
    await emulator.close();
  });

  /** Resolves with the arguments of the next such event. */
  function next<K extends keyof DailyCallEvents>({ call }: WatchedCall, event: K): Promise<DailyCallEvents[K]> {
    return new Promise((resolve) => call.on(event, (...args: DailyCallEvents[K]) => resolve(args)));
  }

  it("is done, or fails as daily-js says it", async () => {
    const { call } = owner;
    const started = next(guest, "recordingStarted");
    await call.startRecording({ type: "cloud" });
    expect((await started)[0]).toMatchObject({ type: "cloud", startedBy: owner.id });
    const stopped = next(guest, "recordingStopped");
    await call.stopRecording();
    expect((await stopped)[0].instanceId).toEqual(expect.any(String));
    await expect(call.startRecording({ type: "tape" })).rejects.toMatchObject({ code: "requestFailed" });

    const failed = next(owner, "transcriptionError");
    await call.startTranscription();
    expect((await failed)[0].message).toContain("does not transcribe");
    const dialing = call.telephony("startDialOut", { phoneNumber: "+15550100" });
    await expect(dialing).rejects.toMatchObject({ code: "requestFailed" });
    await expect(call.telephony("sendDTMF", { sessionId: guest.id, tones: "X" })).rejects.toThrow("DTMF");

    await call.setUserName("Ada L.");
    await call.setUserData({ role: "host" });
    await guest.seesThat(owner.id, "name and data", (it) => {
      return it.userName === "Ada L." && (it.userData as { role?: string } | undefined)?.role === "host";
    });
    const low = { maxBitrate: 100_000 };
    expect(await call.updateSendSettings({ video: { encodings: { low } } })).toEqual({ video: { encodings: { low } } });
    expect(await call.updateReceiveSettings({ base: { video: { layer: 0 } } })).toEqual({
      base: { video: { layer: 0 } },
    });
  });

  it("mutes, permits and ejects others", async () => {
    const camera = await guest.call.publishVideo(CAMERA, { width: 64, height: 64 });
    await guest.call.publishVideo("cat", { width: 64, height: 64 });
    await owner.seesThat(guest.id, "both are published", (it) => it.camera.state !== "off" && "cat" in it.custom);
    await owner.call.updateRemoteParticipants({ [guest.id]: { camera: false } });
    await owner.seesThat(guest.id, "the camera is off", (it) => it.camera.state === "off");
    expect(camera.closed).toBe(false);
    await owner.call.updateRemoteParticipants({ [guest.id]: { permissions: { canSend: ["audio"] } } });
    await owner.seesThat(guest.id, "the custom track is gone", (it) => !("cat" in it.custom));
    await expect(owner.call.updateRemoteParticipants({ nobody: { eject: true } })).rejects.toMatchObject({
      code: "unknownParticipant",
    });
    await guest.call.updateRemoteParticipants({ [owner.id]: { eject: true } });
    await until("the refusal", () => guest.warnings.some((warning) => warning.includes("owner")));
    await owner.call.updateRemoteParticipants({ [guest.id]: { eject: true } });
    await until("the end", () => guest.ends.length > 0);
    expect(guest.ends).toMatchObject([{ reason: "ejected" }]);
    expect(camera.closed).toBe(true);
  });
});
