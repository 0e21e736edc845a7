import { inspect } from "node:util";
import { describe, expect, it } from "vitest";

import { TavusApi } from "../../../src/api/index.ts";
import { EndFrame, InterruptionFrame } from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../../src/pipeline/index.ts";
import { ScriptedDailyCall, VirtualClock } from "../../../src/testing/index.ts";
import { TavusTransport } from "../../../src/transport/tavus/index.ts";
import { formatLogLine } from "../../../src/util/log-line.ts";
import { pcm, speech, TestLogger } from "../frames.ts";
import { PAL, PAL_NAME, TavusHarness, USER } from "./tavus-harness.ts";

/** The lines of the transport, as messages in order. */
function tellStory({ lines }: TestLogger): string[] {
  return lines.map(({ message }) => message);
}

function findFields({ lines }: TestLogger, message: string): unknown {
  return lines.find((line) => line.message === message)?.fields;
}

describe("the log of a call", () => {
  it("tells the life of a call on a track, from the creation to the end", async () => {
    const h = await new TavusHarness({ call: { joinDelayMs: 800 } }).start();
    await h.clock.advance(800);
    h.call.addParticipant({ ...USER, sessionId: "user" });
    h.call.addParticipant({ ...PAL, sessionId: "pal" });
    await h.send(speech(5000));
    await h.clock.advance(1000);
    await h.send(new InterruptionFrame());
    h.call.removeParticipant("user");
    await h.send(new EndFrame());
    await h.finish();
    expect(tellStory(h.logger)).toEqual([
      "Conversation created.",
      "The runtime of the call has started.",
      "Joined the room.",
      "Opening an audio output.",
      "A participant is a user.",
      "A participant is taken for the pal.",
      "Ready to speak.",
      "Audio capture opened.",
      "Interruption sent.",
      "A user left.",
      "Audio capture closed.",
      "Closing the call.",
      "Leaving the room is done.",
      "Closing the call is done.",
      "Conversation ended.",
    ]);
    const room = "tavus.daily.co/c1";
    expect(findFields(h.logger, "Conversation created.")).toMatchObject({ conversationId: "c1", room, tookMs: 0 });
    expect(findFields(h.logger, "Joined the room.")).toMatchObject({ room, runtime: "scripted", tookMs: 800 });
    expect(findFields(h.logger, "A participant is taken for the pal.")).toEqual({
      sessionId: "pal",
      evidence: "userId",
    });
    expect(findFields(h.logger, "Interruption sent.")).toEqual({ to: "everyone", pal: "pal" });
    expect(findFields(h.logger, "Closing the call.")).toEqual({ because: "the pipeline released the transport" });
    expect(findFields(h.logger, "Conversation ended.")).toMatchObject({ conversationId: "c1", by: "the bot" });
  });

  it("names the utterance that an interruption cuts, where messages carry it", async () => {
    const h = await new TavusHarness({ options: { params: { audioDelivery: "messages" } } }).start();
    h.call.addParticipant({ ...PAL, sessionId: "pal" });
    await h.send(speech(3000));
    await h.clock.advance(1000);
    await h.send(new InterruptionFrame());
    const [first] = h.sentOf("conversation.echo");
    expect(findFields(h.logger, "Speech was cut.")).toMatchObject({
      inferenceId: first?.properties.inference_id,
      by: "the bot",
    });
    const story = tellStory(h.logger);
    expect(story.indexOf("Speech was cut.")).toBeLessThan(story.indexOf("Interruption sent."));
  });

  it("says on what evidence a participant is the pal, and that weaker evidence was replaced", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant({ userName: PAL_NAME, sessionId: "impostor" });
    await h.clock.advance(1500);
    h.call.addParticipant({ ...PAL, sessionId: "pal" });
    await h.clock.advance(0);
    const lines = h.logger.lines.filter(({ message }) => message.startsWith("A participant"));
    expect(lines.map(({ message, fields }) => formatLogLine(message, fields))).toEqual([
      `A participant has the pal's name; waiting for better evidence. sessionId=impostor waitMs=1500`,
      "A participant is taken for the pal. sessionId=impostor evidence=name",
      "A participant is taken for the pal. sessionId=pal evidence=userId",
      "A participant changes its role. sessionId=impostor",
      "A participant is a user. sessionId=impostor",
    ]);
  });

  it.each([
    ["ends the call", (h: TavusHarness) => h.call.endFromOutside("roomEnded", "Over."), "The room ended the call."],
    ["dies under it", (h: TavusHarness) => h.call.die(), "The runtime of the call failed."],
  ])("says when the room or its runtime %s", async (_what, happen, message) => {
    const h = await new TavusHarness().start();
    happen(h);
    await h.clock.advance(0);
    await h.finish().catch(() => undefined);
    const story = tellStory(h.logger);
    expect(story).toContain(message);
    expect(story.indexOf(message)).toBeLessThan(story.indexOf("Closing the call."));
  });

  it("says that a conversation of someone else is left open", async () => {
    const h = await new TavusHarness({ options: { conversationId: "c77" } }).start();
    await h.transport.close();
    const story = tellStory(h.logger);
    expect(story[0]).toBe("Using an existing conversation.");
    expect(story).toContain("The conversation is left open: it was not created here.");
    expect(findFields(h.logger, "Closing the call.")).toEqual({ because: "close() was called" });
  });

  it("warns of the fallback when no pal joins in time", async () => {
    const h = await new TavusHarness({ options: { params: { palReadyTimeoutMs: 100 } } }).start();
    await h.clock.advance(200);
    expect(h.logger.warnings()).toEqual([
      expect.stringContaining("The pal has not joined in time; the bot speaks through its microphone"),
    ]);
    expect(findFields(h.logger, "Ready to speak.")).toEqual({ palPresent: false });
  });

  it("has no line per audio chunk, in or out", async () => {
    const countLines = async (ms: number): Promise<number> => {
      const h = await new TavusHarness().start();
      h.call.addParticipant({ ...PAL, sessionId: "pal" });
      h.call.addParticipant({ ...USER, sessionId: "user" });
      void h.call.speak("user", pcm(ms, 16_000));
      await h.send(speech(ms));
      await h.clock.advance(ms + 5000);
      return h.logger.lines.length;
    };
    expect(await countLines(20_000)).toBe(await countLines(100));
  });

  it("is written to the logger of the options, whatever logger the pipeline has", async () => {
    const mine = new TestLogger();
    const h = await new TavusHarness({ options: { logger: mine } }).start();
    await h.transport.close();
    expect(tellStory(mine)).toContain("Joined the room.");
    expect(tellStory(h.logger)).not.toContain("Joined the room.");
  });
});

const KEY = "planted-key-7f3a";
const TOKEN = "planted-token-91bc";
const QUERY = "planted-query-55de";

/** A Tavus that repeats secrets wherever it can. */
function answer(method: string, path: string): Response {
  const url = `https://tavus.daily.co/c9?t=${TOKEN}&extra=${QUERY}`;
  if (method === "POST" && path.endsWith("/conversations"))
    return Response.json({ conversation_id: "c9", conversation_url: url, meeting_token: TOKEN, status: "active" });
  if (method === "DELETE" || path.endsWith("/end"))
    return Response.json({ error: `bad ${KEY} ${url}` }, { status: 400 });
  return Response.json({ error: `not found with ${KEY} at ${url}` }, { status: 404 });
}

describe("secrets", () => {
  it("a whole call at debug, with failures that repeat them, logs no key, no token and no query of a URL", async () => {
    const clock = new VirtualClock();
    const logger = new TestLogger();
    const call = new ScriptedDailyCall({ clock });
    const fetch = (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
      Promise.resolve(answer(init?.method ?? "GET", new URL(url instanceof Request ? url.url : url).pathname));
    const api = new TavusApi({ apiKey: KEY, fetch, clock, logger });
    const options = { apiKey: KEY, faceId: "f1", palId: "p1", meetingToken: TOKEN, logger } as const;
    const transport = new TavusTransport(options, { api, createCall: call.factory, env: {}, clock });
    transport.on("error", () => undefined);
    const task = new PipelineTask(new Pipeline([transport.input(), transport.output()]), { clock, logger });
    const run = task.run();
    run.catch(() => undefined);
    await clock.advance(100);
    call.addParticipant({ ...PAL, sessionId: "pal" });
    call.addParticipant({ ...USER, sessionId: "user" });
    await clock.advance(100);
    task.queueFrames([speech(1000), new InterruptionFrame()]);
    await clock.advance(3000);
    call.failNext("subscribe", new Error(`cannot reach https://tavus.daily.co/c9?t=${TOKEN}`));
    call.endFromOutside("expired", `Left https://tavus.daily.co/c9?t=${TOKEN}&extra=${QUERY} for good.`);
    await clock.advance(60_000);
    // As the logger of an application gets them: the library's own removes more when it writes a line.
    const text = inspect(logger.lines, { depth: 10, maxStringLength: null, maxArrayLength: null, showHidden: true });
    expect(tellStory(logger)).toEqual(expect.arrayContaining(["Joined the room.", "The room ended the call."]));
    expect(logger.lines.some(({ level }) => level === "error")).toBe(true);
    for (const secret of [KEY, TOKEN, QUERY]) expect(text).not.toContain(secret);
  });
});
