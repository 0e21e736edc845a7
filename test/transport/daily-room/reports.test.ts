import { afterEach, describe, expect, it } from "vitest";

import {
  InterimTranscriptionFrame,
  OutputTransportMessageUrgentFrame,
  TranscriptionFrame,
} from "../../../src/frames/index.ts";
import type { DailyParamsInput } from "../../../src/transport/daily-room/daily-options-types.ts";
import { DailyHarness } from "./daily-harness.ts";

let h: DailyHarness;

afterEach(async () => {
  h.task.cancel();
  await h.finish();
});

async function stage(params: DailyParamsInput = {}): Promise<DailyHarness> {
  h = new DailyHarness({ options: { params } });
  h.call.addParticipant({ userName: "Grace", sessionId: "s1", userId: "grace" });
  return await h.start();
}

describe("what the call reports", () => {
  it("is passed on, with the participant it is about", async () => {
    await stage();
    const seen: unknown[] = [];
    h.transport
      .on("activeSpeakerChanged", (id, participant) => seen.push([id, participant?.userName]))
      .on("networkQualityChanged", (quality) => seen.push(quality))
      .on("recordingStarted", (recording) => seen.push(recording))
      .on("telephonyEvent", ({ type }) => seen.push(type));
    h.call.report("activeSpeakerChanged", "s1");
    h.call.report("activeSpeakerChanged", h.call.sessionId!);
    h.call.report("networkQualityChanged", { state: "bad", reasons: ["roundTripTime"] });
    h.call.report("recordingStarted", { recordingId: "r1" });
    h.call.report("telephonyEvent", { type: "dialin-ready", data: {} });
    expect(seen).toEqual([
      ["s1", "Grace"],
      [h.call.sessionId, undefined],
      { state: "bad", reasons: ["roundTripTime"] },
      { recordingId: "r1" },
      "dialin-ready",
    ]);
  });

  it("stops messages while signalling is interrupted, and only then", async () => {
    await stage();
    const seen: string[] = [];
    h.transport.on("networkConnectionStatusUpdated", ({ connection, event }) => seen.push(`${connection} ${event}`));
    const report = (connection: "signaling" | "sfu", event: string): void =>
      h.call.report("networkConnectionChanged", { connection, event });
    report("sfu", "interrupted");
    await h.send(new OutputTransportMessageUrgentFrame(1));
    report("signaling", "interrupted");
    await h.send(new OutputTransportMessageUrgentFrame(2), new OutputTransportMessageUrgentFrame(3));
    await expect(h.transport.sendAppMessage(4)).rejects.toMatchObject({ code: "connectionFailed" });
    report("signaling", "connected");
    await h.send(new OutputTransportMessageUrgentFrame(5));
    expect(h.call.sent.map(({ data }) => data)).toEqual([1, 5]);
    expect(h.logger.warnings()).toEqual([expect.stringContaining("the connection is interrupted")]);
    expect(seen).toEqual(["sfu interrupted", "signaling interrupted", "signaling connected"]);
  });
});

describe("Daily's transcription", () => {
  it("is off unless the params say otherwise", async () => {
    await stage();
    expect(h.call.controls).toEqual([]);
  });

  it("runs from the start to the end of the bot, as the settings say", async () => {
    await stage({ transcriptionEnabled: true, transcriptionSettings: { language: "de" } });
    expect(h.call.controls).toEqual([{ control: "startTranscription", argument: { language: "de" } }]);
    h.task.cancel();
    await h.finish();
    expect(h.call.controls.at(-1)).toEqual({ control: "stopTranscription", argument: {} });
    expect(h.call.leaves).toBe(1);
  });

  it("becomes transcripts of the users, preliminary ones apart, and never of the bot", async () => {
    await stage({ transcriptionEnabled: true });
    const said = (text: string, rawResponse?: unknown, sessionId = "s1"): void =>
      h.call.report("transcriptionMessage", { sessionId, text, timestampMs: 5, rawResponse });
    said("hel", { is_final: false });
    said("hello", { is_final: true });
    said("there");
    said("I am the bot", { is_final: true }, h.call.sessionId);
    await h.clock.advance(0);
    const interim = h.middle.of(InterimTranscriptionFrame).map(({ text }) => text);
    expect(interim).toEqual(["hel"]);
    expect(h.middle.of(TranscriptionFrame)).toMatchObject([
      { text: "hello", userId: "grace", timestampMs: 5, language: "en", result: { is_final: true } },
      { text: "there", userId: "grace" },
    ]);
  });

  it("that cannot be started is an error of the transport, and the call continues", async () => {
    h = new DailyHarness({ options: { params: { transcriptionEnabled: true } } });
    h.call.failNext("startTranscription", new Error("not allowed"));
    await h.start();
    expect(h.events).toContain("error not allowed");
    expect(h.call.state).toBe("joined");
  });
});

describe("the administration of the call", () => {
  it("is passed to the call", async () => {
    await stage();
    const { transport } = h;
    await transport.updateRemoteParticipants({ s1: { microphone: false } });
    await transport.updateSendSettings({ video: "bandwidth-optimized" });
    await transport.updateReceiveSettings({ base: { video: { layer: 0 } } });
    await transport.startRecording({ layout: { preset: "default" } });
    await transport.stopRecording();
    await transport.startTranscription({ language: "fr" });
    await transport.stopTranscription();
    await transport.telephony("sendDTMF", { sessionId: "s1", tones: "1" });
    expect(h.call.controls.map(({ control, argument }) => [control, argument])).toEqual([
      ["updateRemoteParticipants", { s1: { microphone: false } }],
      ["updateSendSettings", { video: "bandwidth-optimized" }],
      ["updateReceiveSettings", { base: { video: { layer: 0 } } }],
      ["startRecording", { layout: { preset: "default" } }],
      ["stopRecording", {}],
      ["startTranscription", { language: "fr" }],
      ["stopTranscription", {}],
      ["telephony", { method: "sendDTMF", options: { sessionId: "s1", tones: "1" } }],
    ]);
  });

  it("is rejected outside of a call", async () => {
    h = new DailyHarness();
    await expect(h.transport.startRecording()).rejects.toMatchObject({ code: "notJoined" });
    await h.start();
  });
});
