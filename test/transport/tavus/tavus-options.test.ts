import { describe, expect, it } from "vitest";

import { SoundfileMixer } from "../../../src/audio/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { resolveTavusOptions } from "../../../src/transport/tavus/resolve-tavus-options.ts";
import type { TavusTransportOptions } from "../../../src/transport/tavus/tavus-options.ts";
import { TestLogger } from "../frames.ts";

const ENOUGH = { apiKey: "k", faceId: "f" };

function problemsOf(options: unknown, env: Record<string, string> = {}): readonly string[] {
  try {
    resolveTavusOptions(options as TavusTransportOptions, env, false);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(InvalidOptionError);
    return (thrown as InvalidOptionError).problems;
  }
  throw new Error("The options were accepted.");
}

describe("TavusTransport options", () => {
  it("have safe defaults", () => {
    const options = resolveTavusOptions(ENOUGH, {}, false);
    expect(options).toMatchObject({
      botName: "Bot",
      palId: "pipecat-stream",
      runtime: "auto",
      conversation: { maxCallDurationS: 1800, participantLeftTimeoutS: 30, participantAbsentTimeoutS: 120 },
      params: {
        audioDelivery: "track",
        streamTrackName: "stream",
        audioInEnabled: true,
        audioOutEnabled: true,
        palReadyTimeoutMs: 30_000,
        palConnectMs: 500,
      },
    });
    const messages = resolveTavusOptions({ ...ENOUGH, params: { audioDelivery: "messages" } }, {}, false);
    expect(messages.palId).toBe("pipecat0");
  });

  it("are read from the environment: new names before old ones, empty ones ignored", () => {
    const env = {
      TAVUS_API_KEY: "key",
      TAVUS_FACE_ID: "",
      TAVUS_REPLICA_ID: "old-face",
      TAVUS_PAL_ID: "new-pal",
      TAVUS_PERSONA_ID: "old-pal",
      TAVUS_API_URL: "http://127.0.0.1:1/v2",
    };
    expect(resolveTavusOptions({}, env, false, new TestLogger())).toMatchObject({
      apiKey: "key",
      faceId: "old-face",
      palId: "new-pal",
      apiUrl: "http://127.0.0.1:1/v2",
    });
    expect(resolveTavusOptions({ palId: "mine" }, env, false).palId).toBe("mine");
  });

  it("require a face only for the stock PAL that has none", () => {
    const key = { apiKey: "k" };
    expect(problemsOf({ ...key, params: { audioDelivery: "messages" } })).toEqual([
      expect.stringContaining("TAVUS_FACE_ID"),
    ]);
    const withPal = resolveTavusOptions({ ...key, params: { audioDelivery: "messages" }, palId: "p1" }, {}, false);
    expect(withPal).toMatchObject({ palId: "p1", faceId: undefined });
    expect(resolveTavusOptions(key, {}, false)).toMatchObject({ palId: "pipecat-stream", faceId: undefined });
  });

  it("list every problem at once, with field and rule", () => {
    const problems = problemsOf({
      botName: "",
      params: { audioDelivery: "pigeon", audioOut10msChunks: 0 },
      conversation: { maxCallDurationS: 0 },
      nonsense: true,
    });
    const text = problems.join("\n");
    for (const part of [
      "botName",
      "params.audioDelivery",
      "params.audioOut10msChunks",
      "conversation.maxCallDurationS",
      "nonsense",
      "TAVUS_API_KEY",
    ])
      expect(text).toContain(part);
  });

  it("require neither key nor face for a given room, and take the token out of its URL", () => {
    const options = resolveTavusOptions({ roomUrl: "http://127.0.0.1:7/room?t=secret" }, {}, false);
    expect(options.roomUrl).toBe("http://127.0.0.1:7/room");
    expect(options.roomToken).toBe("secret");
    expect(resolveTavusOptions({}, { TAVUS_SAMPLE_ROOM_URL: "https://d.daily.co/r" }, false).roomUrl).toBe(
      "https://d.daily.co/r",
    );
  });

  it("reject a conversation URL without an id, unless conversationId is given", () => {
    const conversationUrl = "https://tavus.daily.co/";
    expect(problemsOf({ conversationUrl }).join()).toContain("conversationUrl: names no conversation");
    expect(problemsOf({ conversationUrl: "nonsense" }).join()).not.toContain("names no conversation");
    expect(resolveTavusOptions({ conversationUrl, conversationId: "c1" }, {}, false).joins).toMatchObject({
      conversationId: "c1",
    });
  });

  it("reject a room URL that is not a URL, without repeating a key", () => {
    const problems = problemsOf({ roomUrl: "not a url", apiKey: "top-secret", params: { audioDelivery: "x" } });
    expect(problems.join()).toContain("roomUrl: must be the http(s) URL of a Daily room");
    expect(problems.join()).not.toContain("top-secret");
  });

  it.each(["track", "messages"] as const)(
    "keep background sound from the pal, who would speak it (%s)",
    (audioDelivery) => {
      const music = new SoundfileMixer({ sounds: { hum: { pcm: new Int16Array(10), sampleRate: 16_000 } } });
      const withMixer = (params: object): unknown => ({ ...ENOUGH, params: { audioDelivery, ...params } });
      for (const params of [
        { audioOutMixer: music },
        { audioOutMixer: { stream: music }, audioOutDestinations: ["stream"] },
        { audioOutMixer: { music }, audioOutDestinations: [] },
      ])
        expect(problemsOf(withMixer(params))).toEqual([expect.stringContaining("the pal would speak the background")]);
      const allowed = withMixer({ audioOutMixer: { music }, audioOutDestinations: ["music"] });
      const { params } = resolveTavusOptions(allowed as TavusTransportOptions, {}, false);
      expect(params.audioOutMixer).toEqual({ music });
    },
  );

  it("reject what a Tavus room does not support, each with its reason", () => {
    const params = { videoOutEnabled: true, audioOutAutoSilence: false };
    expect(problemsOf({ ...ENOUGH, params })).toEqual([
      expect.stringMatching(/^params.videoOutEnabled: .*the pal/),
      expect.stringMatching(/^params.audioOutAutoSilence: /),
    ]);
  });
});

describe("options for an existing conversation", () => {
  it("require no face, and a key only to look it up or to end it", () => {
    const url = { conversationUrl: "https://tavus.daily.co/c1" };
    expect(resolveTavusOptions(url, {}, false).joins).toEqual({
      conversationId: "c1",
      conversationUrl: "https://tavus.daily.co/c1",
      meetingToken: undefined,
      end: false,
    });
    expect(problemsOf({ conversationId: "c1" })).toEqual([expect.stringContaining("apiKey: missing")]);
    expect(problemsOf({ ...url, endJoinedConversation: true })).toEqual([expect.stringContaining("apiKey: missing")]);
  });

  it("contradict a room", () => {
    const both = { roomUrl: "https://d.daily.co/r", conversationId: "c1", apiKey: "k" };
    expect(problemsOf(both)).toEqual([expect.stringContaining("roomUrl: leave it out")]);
    const env = { TAVUS_SAMPLE_ROOM_URL: "https://d.daily.co/r", TAVUS_CONVERSATION_ID: "c1", TAVUS_API_KEY: "k" };
    expect(problemsOf({}, env)).toEqual([expect.stringContaining("roomUrl: leave it out")]);
  });
});

describe("old names", () => {
  it("have precedence over the environment but not over new names, each with one warning", () => {
    const logger = new TestLogger();
    const env = { TAVUS_API_KEY: "k", TAVUS_FACE_ID: "env-face", TAVUS_PERSONA_ID: "env-pal" };
    const resolve = (options: TavusTransportOptions) => resolveTavusOptions(options, env, false, logger);
    expect(resolve({ replicaId: "old" }).faceId).toBe("old");
    expect(resolve({ faceId: "new", replicaId: "old" }).faceId).toBe("new");
    expect(resolve({}).faceId).toBe("env-face");
    expect(resolve({}).palId).toBe("env-pal");
    expect(resolve({ personaId: "old-pal" }).palId).toBe("old-pal");
    expect(logger.warnings()).toHaveLength(3);
  });
});

it("the problem of a missing key says how to run on this machine", () => {
  expect(problemsOf({ faceId: "f" })).toEqual([expect.stringContaining("npx tavus-transport emulator")]);
});

describe("the option fallback", () => {
  it("is the microphone unless it is set, and takes the token out of a room's URL", () => {
    expect(resolveTavusOptions(ENOUGH, {}, false).fallback).toEqual({ is: "microphone" });
    expect(resolveTavusOptions({ ...ENOUGH, fallback: "none" }, {}, false).fallback).toEqual({ is: "none" });
    const roomUrl = "https://d.daily.co/r?t=from-url";
    const room = resolveTavusOptions({ ...ENOUGH, fallback: { roomUrl } }, {}, false);
    expect(room.fallback).toEqual({ is: "room", url: "https://d.daily.co/r", token: "from-url" });
    const api = { createRoom: () => 0, createMeetingToken: () => 0, deleteRoom: () => 0 };
    const made = resolveTavusOptions({ ...ENOUGH, fallback: api } as unknown as TavusTransportOptions, {}, false);
    expect(made.fallback).toEqual({ is: "api", api });
  });

  it("rejects anything else, without repeating a token", () => {
    for (const fallback of ["phone", { roomUrl: "nonsense", token: "secret" }, { createRoom: () => 0 }]) {
      const problems = problemsOf({ ...ENOUGH, fallback });
      expect(problems).toEqual([expect.stringMatching(/^fallback(: must be "none", "microphone"|.roomUrl: )/)]);
      expect(problems.join()).not.toContain("secret");
    }
  });
});
