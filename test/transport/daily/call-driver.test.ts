import { EventEmitter } from "node:events";

import type { DailyCall as DailyCallObject } from "@daily-co/daily-js";
import { beforeEach, describe, expect, it } from "vitest";

import { CallDriver, type MediaEnds } from "../../../src/transport/daily/call-driver.ts";
import { asFailure } from "../../../src/transport/daily/driver-failure.ts";
import type { ControlRequestOf, DriverEvent } from "../../../src/transport/daily/driver-messages.ts";
import { STATUS_EVENTS, TELEPHONY_EVENTS } from "../../../src/transport/daily/status-events.ts";

/** daily-js' call object, as far as it is used here: it notes what is called. */
class FakeDaily extends EventEmitter {
  readonly calls: unknown[][] = [];
  answers: Record<string, unknown> = {};
  note(name: string, ...args: unknown[]): unknown {
    this.calls.push([name, ...args]);
    const answer = this.answers[name];
    if (answer instanceof Error) throw answer;
    return answer;
  }
  participants = () => ({
    local: { local: true, session_id: "me" },
    s1: { local: false, session_id: "s1" },
  });
  join = async () => this.participants();
  room = async () => ({});
}
for (const name of [
  ...["updateParticipants", "updateSendSettings", "updateReceiveSettings", "startRecording", "stopRecording"],
  ...["startTranscription", "stopTranscription", "setUserName", "setUserData", "sendDTMF", "setInputDevicesAsync"],
  ...["setLocalVideo", "startCustomTrack", "stopCustomTrack", "startScreenShare", "stopScreenShare", "leave"],
]) {
  (FakeDaily.prototype as unknown as Record<string, unknown>)[name] = function (this: FakeDaily, ...args: unknown[]) {
    return this.note(name, ...args);
  };
}

let daily: FakeDaily;
let events: DriverEvent[];
let open: Set<number>;
let driver: CallDriver;

beforeEach(async () => {
  daily = new FakeDaily();
  events = [];
  open = new Set();
  const ends = {
    openVideoSource: (id: number) => {
      open.add(id);
      return `track ${id}`;
    },
    closeVideoSource: (id: number) => open.delete(id),
    toStream: (track: unknown) => [track],
  } as unknown as MediaEnds;
  driver = new CallDriver(daily as unknown as DailyCallObject, ends, (event) => events.push(event));
  await driver.join({ url: "https://x.daily.co/r", userName: "Ada" });
});

describe("what daily-js reports", () => {
  it.each([
    ["active-speaker-change", { activeSpeaker: { peerId: "s1" } }, "activeSpeakerChanged", "s1"],
    [
      "network-quality-change",
      { networkState: "bad", networkStateReasons: ["roundTripTime"], threshold: "low", quality: 10 },
      "networkQualityChanged",
      { state: "bad", reasons: ["roundTripTime"] },
    ],
    [
      "network-connection",
      { type: "signaling", event: "interrupted" },
      "networkConnectionChanged",
      { connection: "signaling", event: "interrupted" },
    ],
    [
      "network-connection",
      { type: "peer-to-peer", event: "connected", session_id: "s1" },
      "networkConnectionChanged",
      { connection: "peer-to-peer", event: "connected", sessionId: "s1" },
    ],
    [
      "cpu-load-change",
      { cpuLoadState: "high", cpuLoadStateReason: "encode" },
      "cpuLoadChanged",
      { state: "high", reason: "encode" },
    ],
    [
      "recording-started",
      { instanceId: "i", type: "cloud", startedBy: "s1", layout: { preset: "default" } },
      "recordingStarted",
      { instanceId: "i", type: "cloud", startedBy: "s1" },
    ],
    ["recording-stopped", { instanceId: "i" }, "recordingStopped", { instanceId: "i" }],
    ["recording-error", { errorMsg: "no" }, "recordingError", { message: "no" }],
    [
      "transcription-started",
      { instanceId: "i", language: "en", model: "m", startedBy: "s1", punctuate: true },
      "transcriptionStarted",
      { instanceId: "i", language: "en", model: "m", startedBy: "s1" },
    ],
    [
      "transcription-stopped",
      { instanceId: "i", updatedBy: "s1" },
      "transcriptionStopped",
      { instanceId: "i", updatedBy: "s1" },
    ],
    [
      "transcription-error",
      { instanceId: "i" },
      "transcriptionError",
      { instanceId: "i", message: "Daily's transcription failed without saying why." },
    ],
    [
      "transcription-message",
      { participantId: "s1", text: "hi", timestamp: new Date(5), trackType: "cam-audio", instanceId: "i" },
      "transcriptionMessage",
      { sessionId: "s1", text: "hi", timestampMs: 5, trackType: "cam-audio", instanceId: "i" },
    ],
  ])("as %s %j is %s", (name, event, reported, argument) => {
    daily.emit(name, { action: name, callClientId: "1", ...event });
    expect(events).toEqual([{ type: "status", name: reported, argument }]);
    expect(STATUS_EVENTS).toContain(reported);
  });

  it.each(TELEPHONY_EVENTS)("as %s is passed on with its data", (name) => {
    daily.emit(name, { action: name, callClientId: "1", sessionId: "p" });
    expect(events).toEqual([
      { type: "status", name: "telephonyEvent", argument: { type: name, data: { sessionId: "p" } } },
    ]);
  });

  it("is nothing when nobody is the active speaker", () => {
    daily.emit("active-speaker-change", { activeSpeaker: {} });
    expect(events).toEqual([]);
  });
});

describe("requests that go to daily-js as they are", () => {
  const permissions = { canSend: ["audio"] };
  it.each<[ControlRequestOf, unknown[]]>([
    [
      {
        control: "updateRemoteParticipants",
        argument: { s1: { microphone: false, screen: false, eject: true, permissions } },
      },
      [
        "updateParticipants",
        { s1: { setAudio: false, setScreenShare: false, eject: true, updatePermissions: permissions } },
      ],
    ],
    [{ control: "startRecording", argument: { type: "cloud" } }, ["startRecording", { type: "cloud" }]],
    [{ control: "stopRecording", argument: {} }, ["stopRecording", {}]],
    [{ control: "startTranscription", argument: { language: "de" } }, ["startTranscription", { language: "de" }]],
    [{ control: "stopTranscription", argument: {} }, ["stopTranscription", undefined]],
    [{ control: "stopTranscription", argument: { instanceId: "i" } }, ["stopTranscription", { instanceId: "i" }]],
    [{ control: "setUserName", argument: "Eve" }, ["setUserName", "Eve", { thisMeetingOnly: true }]],
    [{ control: "setUserData", argument: { a: 1 } }, ["setUserData", { a: 1 }]],
    [
      { control: "telephony", argument: { method: "sendDTMF", options: { sessionId: "p", tones: "1" } } },
      ["sendDTMF", { sessionId: "p", tones: "1" }],
    ],
  ])("are passed on: %j", async (request, called) => {
    await driver.control(request);
    expect(daily.calls).toEqual([called]);
  });

  it("answer with the settings, however daily-js wraps them", async () => {
    daily.answers = { updateSendSettings: { video: "a" }, updateReceiveSettings: { receiveSettings: { base: {} } } };
    expect(await driver.control({ control: "updateSendSettings", argument: {} })).toEqual({ video: "a" });
    expect(await driver.control({ control: "updateReceiveSettings", argument: {} })).toEqual({ base: {} });
  });

  it.each(["nobody", "local"])("reject changing %j, before anything is changed", async (id) => {
    const argument = { s1: { eject: true }, [id]: { eject: true } };
    await expect(driver.control({ control: "updateRemoteParticipants", argument })).rejects.toMatchObject({
      code: "unknownParticipant",
    });
    expect(daily.calls).toEqual([]);
  });

  it("fail as daily-js does", async () => {
    daily.answers = { sendDTMF: new Error("X is not valid DTMF tone") };
    const failing = driver.control({ control: "telephony", argument: { method: "sendDTMF", options: {} } });
    const failure = await failing.catch((thrown: unknown) => asFailure(thrown, "requestFailed"));
    expect(failure).toEqual({ code: "requestFailed", message: "X is not valid DTMF tone" });
  });
});

describe("publishing video", () => {
  const format = { width: 32, height: 32, fps: 25 };

  it("limits the bit rate before the track is there, and lifts the limit for the next one without", async () => {
    await driver.publishVideo({ trackName: "camera", sinkId: 1, format: { ...format, maxBitrate: 100_000 } });
    await driver.unpublishVideo({ trackName: "camera", sinkId: 1 });
    await driver.publishVideo({ trackName: "camera", sinkId: 2, format });
    await driver.publishVideo({ trackName: "cat", sinkId: 3, format });
    expect(daily.calls).toEqual([
      [
        "updateSendSettings",
        { video: { maxQuality: "low", encodings: { low: { maxBitrate: 100_000, maxFramerate: 25 } } } },
      ],
      ["setInputDevicesAsync", { videoSource: "track 1" }],
      ["setLocalVideo", true],
      ["setLocalVideo", false],
      ["setInputDevicesAsync", { videoSource: false }],
      ["updateSendSettings", { video: "default-video" }],
      ["setInputDevicesAsync", { videoSource: "track 2" }],
      ["setLocalVideo", true],
      ["startCustomTrack", { track: "track 3", trackName: "cat", ignoreAudioLevel: true }],
    ]);
    expect(open).toEqual(new Set([2, 3]));
  });

  it("shares a screen when daily-js says that it is shared, and fails when it cancels", async () => {
    const source = { trackName: "screenVideo", format };
    const sharing = driver.publishVideo({ ...source, sinkId: 1 });
    await Promise.resolve();
    await Promise.resolve();
    expect(daily.calls).toEqual([["startScreenShare", { mediaStream: ["track 1"] }]]);
    daily.emit("local-screen-share-started");
    await sharing;
    await driver.unpublishVideo({ ...source, sinkId: 1 });
    const refused = driver.publishVideo({ ...source, sinkId: 2 });
    await Promise.resolve();
    await Promise.resolve();
    daily.emit("local-screen-share-canceled");
    await expect(refused).rejects.toMatchObject({ code: "trackFailed" });
    expect(open).toEqual(new Set());
    expect(daily.listenerCount("local-screen-share-started")).toBe(0);
  });

  it("closes the source when daily-js refuses the track, and does not unpublish what was never published", async () => {
    daily.answers = { startCustomTrack: new Error("no") };
    await expect(driver.publishVideo({ trackName: "cat", sinkId: 1, format })).rejects.toThrow("no");
    expect(open).toEqual(new Set());
    daily.calls.length = 0;
    await driver.unpublishVideo({ trackName: "cat", sinkId: 1 });
    expect(daily.calls).toEqual([]);
  });

  it("closes the sources when the call is over, without a request", async () => {
    await driver.publishVideo({ trackName: "cat", sinkId: 1, format });
    daily.calls.length = 0;
    daily.emit("left-meeting");
    expect(open).toEqual(new Set());
    await driver.unpublishVideo({ trackName: "cat", sinkId: 1 });
    await expect(driver.publishVideo({ trackName: "cat", sinkId: 2, format })).rejects.toMatchObject({
      code: "notJoined",
    });
    expect(daily.calls).toEqual([]);
  });
});
