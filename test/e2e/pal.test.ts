import type { DailyCallFactory } from "@daily-co/daily-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, type Pal, type PalBehaviour, startEmulator } from "../../src/emulator/index.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, type WatchedCall } from "../support/calls.ts";
import { createConversation, endConversation } from "../support/conversation.ts";
import { launchPeopleBrowser, newPersonPage } from "../support/people-browser.ts";
import { tone } from "../support/tone.ts";
import { passes, until } from "../support/until.ts";

const BY_TRACK = "pipecat-stream";
const BY_MESSAGES = "pipecat0";
const PAL_NAME = { [BY_TRACK]: "Tavus Echo Audio Stream", [BY_MESSAGES]: "Ari" };
const RATE = 24_000;
const FRAME_MS = 10;

interface PalMessage {
  readonly message_type: string;
  readonly event_type: string;
  readonly conversation_id: string;
  readonly seq: number;
  readonly inference_id?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

function palMessages(call: WatchedCall, eventType?: RegExp): PalMessage[] {
  const all = call.messages.map(({ data }) => data as PalMessage);
  return eventType ? all.filter(({ event_type: type }) => eventType.test(type)) : all;
}

/** What one pal has played so far: the peak of every 10 ms and when it was played. */
class Played {
  readonly frames: { readonly peak: number; readonly atMs: number }[] = [];
  readonly heard: { readonly peak: number; readonly atMs: number; readonly muted: boolean }[] = [];
  readonly stops: { readonly interrupted: boolean; readonly durationMs: number }[] = [];
  /** How many frames had been played when an interruption arrived. */
  readonly interruptedAt: number[] = [];

  constructor(pal: Pal) {
    pal.events
      .on("played", (_data, peak) => this.frames.push({ peak, atMs: performance.now() }))
      .on("heard", (_data, peak, muted) => this.heard.push({ peak, muted, atMs: performance.now() }))
      .on("stoppedSpeaking", (stopped) => this.stops.push(stopped))
      .on("interrupted", () => this.interruptedAt.push(this.frames.length));
  }

  get isLoud(): boolean {
    return (this.frames.at(-1)?.peak ?? 0) > 4000;
  }

  loudFrames(from = 0): number {
    return this.frames.slice(from).filter(({ peak }) => peak > 1000).length;
  }
}

describe("the emulator's pal", () => {
  let emulator: Emulator;
  let calls: Calls;

  beforeEach(() => {
    calls = new Calls("native");
  });
  afterEach(async () => {
    await calls[Symbol.asyncDispose]();
    await emulator.close();
  });

  async function converse(palId: string, pal: PalBehaviour = { join: "early" }, body: object = {}) {
    emulator = await startEmulator({ logger: silentLogger, pal });
    const { conversation_id: id, conversation_url: url } = await createConversation(emulator, {
      pal_id: palId,
      ...body,
    });
    return { id, url };
  }

  function inTheRoom(id: string): string[] {
    return (
      emulator
        .room(id)
        ?.participants()
        .map(({ userName }) => userName) ?? []
    );
  }

  function getPal(id: string): Pal {
    const pal = emulator.pal(id);
    if (!pal) throw new Error("The conversation has no pal.");
    return pal;
  }

  /** A bot and a user in the room of an early pal; the user listens to the pal's microphone. */
  async function talk(palId: string, behaviour: PalBehaviour = {}) {
    const { id, url } = await converse(palId, { join: "early", ...behaviour });
    const played = new Played(getPal(id));
    const bot = await calls.join(url, "Bot");
    const user = await calls.join(url, "User");
    const palId_ = getPal(id).sessionId ?? "";
    await user.seesThat(palId_, "the pal is there", () => true);
    const ear = await user.listen(palId_, MICROPHONE);
    const say = async (hz: number, durationMs: number) => {
      const sink = await bot.call.publishAudio("stream", { sampleRate: RATE });
      sink.write(tone(hz, RATE, durationMs));
      return sink;
    };
    const interaction = (eventType: string, properties?: object) =>
      bot.call.sendAppMessage({
        message_type: "conversation",
        event_type: eventType,
        conversation_id: id,
        ...(properties && { properties }),
      });
    /** One utterance in echo messages of 50 ms each. */
    const echo = async (hz: number, durationMs: number, inferenceId: string, end = true) => {
      const pcm = tone(hz, RATE, durationMs);
      const chunk = (RATE * 50) / 1000;
      for (let at = 0; at < pcm.length; at += chunk) {
        const part = pcm.subarray(at, at + chunk);
        const audio = Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("base64");
        const done = end && at + chunk >= pcm.length;
        await interaction("conversation.echo", {
          modality: "audio",
          audio,
          sample_rate: RATE,
          inference_id: inferenceId,
          done,
        });
      }
    };
    return { id, url, bot, user, ear, played, say, echo, interrupt: () => interaction("conversation.interrupt") };
  }

  describe("joins and leaves", () => {
    it.each([BY_TRACK, BY_MESSAGES] as const)(
      "early, under the name of its PAL %s, known by its user id, with microphone and camera",
      async (palId) => {
        const { id, url } = await converse(palId);
        expect(inTheRoom(id)).toEqual([PAL_NAME[palId]]);
        const user = await calls.join(url, "User");
        const pal = await user.sees(PAL_NAME[palId]);
        // Tavus' CVI components look for the first, newer clients for the second.
        expect(pal.userId).toContain("tavus-replica");
        expect(pal.userId).toContain("tavus-face");
        expect(pal.microphone).toMatchObject({ kind: "audio", state: "sendable" });
        expect(pal.camera).toMatchObject({ kind: "video", state: "sendable" });
      },
    );

    it("late, and announces itself under both names", async () => {
      const { id, url } = await converse(BY_TRACK, { join: "late", joinDelayMs: 400 });
      expect(inTheRoom(id)).toEqual([]);
      const user = await calls.join(url, "User");
      expect(user.joined).toEqual([]);
      const { sessionId } = await user.sees(PAL_NAME[BY_TRACK]);
      await until("it has said so", () => user.messages.length === 2);
      const joined = { message_type: "system", conversation_id: id, properties: { face_id: "r90bbd427f71" } };
      expect(user.messages).toEqual([
        { from: sessionId, data: expect.objectContaining({ ...joined, event_type: "system.pal_joined" }) as unknown },
        {
          from: sessionId,
          data: expect.objectContaining({ ...joined, event_type: "system.replica_joined" }) as unknown,
        },
      ]);
    });

    it("never, on request", async () => {
      const { id, url } = await converse(BY_TRACK, { join: "never" });
      const user = await calls.join(url, "User");
      // A late pal joins after 200 ms.
      await passes(500);
      expect(user.joined).toEqual([]);
      expect(inTheRoom(id)).toEqual(["User"]);
      expect(getPal(id).sessionId).toBeUndefined();
    });

    it("twice, as one pal in two sessions", async () => {
      const { id } = await converse(BY_TRACK, { join: "early", twice: true });
      const both = emulator.room(id)?.participants() ?? [];
      expect(both.map(({ userName }) => userName)).toEqual([PAL_NAME[BY_TRACK], PAL_NAME[BY_TRACK]]);
      expect(new Set(both.map(({ userId }) => userId)).size).toBe(1);
      expect(new Set(both.map(({ sessionId }) => sessionId)).size).toBe(2);
    });

    it("leaves after a while, on request", async () => {
      const { id, url } = await converse(BY_TRACK, { joinDelayMs: 50, leaveAfterMs: 300 });
      const user = await calls.join(url, "User");
      await until("it has come and gone", () => user.left.length === 1);
      expect(user.left[0]?.userName).toBe(PAL_NAME[BY_TRACK]);
      expect(inTheRoom(id)).toEqual(["User"]);
    });

    it("rejoins under a new session id, and speaks again", async () => {
      const { id, user, say } = await talk(BY_TRACK);
      const pal = getPal(id);
      const first = pal.sessionId;
      pal.leave();
      await until("the leave is seen", () => user.left.length === 1);
      await pal.join();
      expect(pal.sessionId).not.toBe(first);
      const { sessionId } = await user.sees(PAL_NAME[BY_TRACK]);
      const ear = await user.listen(sessionId, MICROPHONE);
      await say(440, 5000);
      await until("it speaks", () => ear.hears(440));
    });

    it("announces the shutdown to everyone before the room ends", async () => {
      const { id, url } = await converse(BY_TRACK);
      const user = await calls.join(url, "User");
      await user.sees(PAL_NAME[BY_TRACK]);
      await endConversation(emulator, id);
      await until("the room is over", () => user.ends.length === 1, 1000);
      expect(user.ends[0]?.reason).toBe("roomEnded");
      expect(palMessages(user, /shutdown/)).toEqual([
        expect.objectContaining({
          message_type: "system",
          conversation_id: id,
          properties: { shutdown_reason: "end_conversation_endpoint_hit" },
        }),
      ]);
      expect(emulator.tavus.conversations.openConversations).toBe(0);
    });
  });

  describe("speaks", () => {
    it("audio of the track stream, for pipecat-stream, and no echoed audio", async () => {
      const { ear, say, echo, played } = await talk(BY_TRACK);
      await echo(1000, 500, "ignored");
      await say(440, 4000);
      await until("the user hears it at full level", () => ear.level(440) > 6000);
      expect(ear.misses(1000)).toBe(true);
      expect(played.isLoud).toBe(true);
    });

    it("echoed audio, for pipecat0, and nothing of the track stream", async () => {
      const { ear, say, echo, played } = await talk(BY_MESSAGES);
      await say(440, 4000);
      await echo(1000, 1000, "one");
      await until("the user hears it", () => ear.hears(1000));
      expect(ear.misses(440)).toBe(true);
      await until("it ends with the last chunk", () => played.stops.length === 1);
      const { durationMs, interrupted } = played.stops[0] ?? { durationMs: 0, interrupted: true };
      expect(interrupted).toBe(false);
      expect(Math.abs(durationMs - 1000)).toBeLessThan(100);
      expect(Math.abs(played.loudFrames() * FRAME_MS - 1000)).toBeLessThan(30);
    });

    it("utterance after utterance in the order of their messages", async () => {
      const { ear, echo, played } = await talk(BY_MESSAGES);
      await echo(440, 400, "one");
      await echo(1000, 400, "two");
      await until("the first is heard", () => ear.hears(440));
      await until("the second is heard", () => ear.hears(1000));
      await until("both have ended", () => played.loudFrames() * FRAME_MS >= 780 && !played.isLoud);
    });

    it("is silent without words", async () => {
      const { ear, played } = await talk(BY_TRACK);
      await until("it has been listened to for a while", () => ear.heardSamples > 24_000);
      expect(ear.peak).toBeLessThan(10);
      expect(played.loudFrames()).toBe(0);
      expect(played.frames.length).toBeGreaterThan(30);
    });

    it.each([0, 300])("after a render latency of %i ms", async (renderLatencyMs) => {
      const { played, say } = await talk(BY_TRACK, { renderLatencyMs });
      await say(440, 2000);
      const firstHeard = await until("it hears", () => played.heard.find(({ peak }) => peak > 1000));
      const firstPlayed = await until("it speaks", () => played.frames.find(({ peak }) => peak > 1000));
      const latencyMs = firstPlayed.atMs - firstHeard.atMs;
      expect(latencyMs).toBeGreaterThanOrEqual(renderLatencyMs);
      expect(latencyMs).toBeLessThan(renderLatencyMs + 100);
    });
  });

  describe("when it is interrupted", () => {
    it("stops within one frame, plays nothing of the old utterance in flight, and then speaks the new one", async () => {
      const { ear, played, say, interrupt } = await talk(BY_TRACK);
      const sink = await say(440, 9000);
      await until("it speaks", () => played.isLoud && ear.hears(440));
      await interrupt();
      await until("the interruption arrives", () => played.interruptedAt.length === 1);
      // The bot continues for a while, like the audio that is still in the codec and the jitter buffer.
      const at = played.interruptedAt[0] ?? 0;
      await until("a quarter of a second passes", () => played.frames.length > at + 25);
      expect(played.loudFrames(at)).toBe(0);
      expect(played.heard.some(({ muted, peak }) => muted && peak > 4000)).toBe(true);
      await until("it has said that it stopped", () => played.stops.length === 1);
      expect(played.stops[0]?.interrupted).toBe(true);
      await until("the user hears silence", () => ear.peak < 300);

      sink.flush();
      // The new words follow a silence: a bot needs time to answer.
      const flushedAt = played.heard.length;
      await until(
        "the track is silent",
        () => played.heard.slice(flushedAt).filter(({ peak }) => peak < 100).length > 8,
      );
      sink.write(tone(1000, RATE, 2000));
      await until("the new words are heard", () => ear.hears(1000));
      expect(ear.misses(440)).toBe(true);
    });

    it("drops audio echoed ahead, and speaks the next utterance", async () => {
      const { ear, played, echo, interrupt } = await talk(BY_MESSAGES);
      await echo(440, 5000, "one", false);
      await until("it speaks", () => played.isLoud && ear.hears(440));
      await interrupt();
      await until("the interruption arrives", () => played.interruptedAt.length === 1);
      const at = played.interruptedAt[0] ?? 0;
      await until("a quarter of a second passes", () => played.frames.length > at + 25);
      expect(played.loudFrames(at)).toBe(0);
      await echo(1000, 500, "two");
      await until("the next utterance is heard", () => ear.hears(1000));
      expect(ear.misses(440)).toBe(true);
      expect(played.stops[0]?.interrupted).toBe(true);
    });

    it("ignores an interruption that is for another conversation", async () => {
      const { bot, played, say } = await talk(BY_TRACK);
      await say(440, 4000);
      await until("it speaks", () => played.isLoud);
      await bot.call.sendAppMessage({
        message_type: "conversation",
        event_type: "conversation.interrupt",
        conversation_id: "cother",
      });
      await bot.call.sendAppMessage("not even an object");
      const before = played.frames.length;
      await until("a while passes", () => played.frames.length > before + 20);
      expect(played.interruptedAt).toEqual([]);
      expect(played.loudFrames(before)).toBeGreaterThan(15);
    });
  });

  describe("fails", () => {
    it("frozen, it is there and mute, and speaks again after the thaw", async () => {
      const { id, user, ear, played, say } = await talk(BY_TRACK);
      const pal = getPal(id);
      await say(440, 9000);
      await until("it speaks", () => ear.hears(440));
      const messages = user.messages.length;
      pal.freeze();
      await until("the user hears nothing", () => ear.peak < 300);
      await until("a while passes", () => played.frames.slice(-40).every(({ peak }) => peak === 0));
      expect(pal.isFrozen).toBe(true);
      expect(inTheRoom(id)).toContain(PAL_NAME[BY_TRACK]);
      expect(user.call.participants().get(pal.sessionId ?? "")?.microphone.state).toBe("playable");
      expect(user.messages).toHaveLength(messages);
      pal.thaw();
      await until("it is heard again", () => ear.hears(440));
      expect(user.left).toEqual([]);
    });

    it("leaves in the middle of a sentence, and returns", async () => {
      const failure = { kind: "leave", afterSpeechMs: 300, recoverAfterMs: 200 } as const;
      const { id, user, played, say } = await talk(BY_TRACK, { failure });
      await say(440, 3000);
      await until("it has left", () => user.left.length === 1);
      expect(played.loudFrames() * FRAME_MS).toBeLessThanOrEqual(300);
      expect(played.loudFrames() * FRAME_MS).toBeGreaterThan(150);
      await until("it is back", () => getPal(id).sessionId !== undefined);
      expect(inTheRoom(id)).toContain(PAL_NAME[BY_TRACK]);
    });

    it.each([
      ["outOfCredits", "roomEnded", "max_call_duration reached"],
      ["roomDeleted", "ejected", "daily_room_has_been_deleted"],
      ["roomExpired", "roomEnded", "daily_room_has_been_deleted"],
    ] as const)("%s ends room and conversation in mid-sentence", async (kind, reason, shutdownReason) => {
      const { id, user, bot, played, say } = await talk(BY_TRACK, { failure: { kind, afterSpeechMs: 200 } });
      await say(440, 3000);
      await until("the room is over", () => user.ends.length === 1 && bot.ends.length === 1);
      expect(user.ends[0]?.reason).toBe(reason);
      // Quiet speech counts, too, and the beginning and the end of a tone are quiet.
      expect(played.loudFrames() * FRAME_MS).toBeLessThanOrEqual(200);
      expect(played.loudFrames() * FRAME_MS).toBeGreaterThan(100);
      expect(emulator.room(id)).toBeUndefined();
      expect(emulator.tavus.conversations.get(id)).toMatchObject({ status: "ended", shutdownReason });
    });
  });

  describe("tells", () => {
    it("when it starts and stops speaking: for both roles, under the old name too, numbered and in order", async () => {
      const { id, bot, user, echo } = await talk(BY_MESSAGES);
      await echo(440, 400, "utterance-1");
      await until("it has stopped", () => palMessages(user, /replica\.stopped/).length === 1);
      const told = palMessages(user, /speaking/);
      expect(told.map(({ event_type: type, properties }) => [type, properties?.role])).toEqual([
        ["conversation.started_speaking", "pal"],
        ["conversation.started_speaking", "replica"],
        ["conversation.replica.started_speaking", undefined],
        ["conversation.stopped_speaking", "pal"],
        ["conversation.stopped_speaking", "replica"],
        ["conversation.replica.stopped_speaking", undefined],
      ]);
      expect(told[3]?.properties).toMatchObject({ interrupted: false, duration: expect.closeTo(0.4, 1) as number });
      for (const message of told) expect(message).toMatchObject({ message_type: "conversation", conversation_id: id });
      const numbers = told.map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
      // One UUID per utterance, derived from the id of its messages.
      expect(new Set(told.map(({ inference_id: inference }) => inference)).size).toBe(1);
      expect(told[0]?.inference_id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(palMessages(bot, /speaking/)).toEqual(told);
    });

    it("an interruption as such, at once", async () => {
      const { user, say, interrupt, played } = await talk(BY_TRACK);
      await say(440, 4000);
      await until("it speaks", () => played.isLoud);
      await interrupt();
      await until("it is told", () => palMessages(user, /stopped_speaking/).length === 3, 500);
      for (const { properties } of palMessages(user, /stopped_speaking/))
        expect(properties).toMatchObject({ interrupted: true });
    });
  });

  it("shows a face to a browser that watches its camera", async () => {
    const { url } = await converse(BY_TRACK);
    const browser = await launchPeopleBrowser({ offersLoopback: true });
    try {
      const page = await newPersonPage(browser, emulator.url);
      await page.goto(`${emulator.url}/_daily/daily.js`);
      await page.addScriptTag({ url: "/_daily/daily.js" });
      const watch = async ({ url: roomUrl, bundle }: { url: string; bundle: string }): Promise<object> => {
        const daily = (globalThis as unknown as { Daily: DailyCallFactory }).Daily;
        const call = daily.createCallObject({ dailyConfig: { bundlePathOverride: bundle } });
        const watched = new Promise<MediaStreamTrack>((resolve) => {
          call.on("track-started", ({ track }) => {
            if (track.kind === "video") resolve(track);
          });
        });
        await call.join({ url: roomUrl, userName: "Viewer", audioSource: false, videoSource: false });
        const video = document.createElement("video");
        video.muted = true;
        video.srcObject = new MediaStream([await watched]);
        await video.play();
        const frame = () => new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        for (let n = 0; n < 5; n++) await frame();
        const canvas = document.createElement("canvas");
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        const context2d = canvas.getContext("2d");
        context2d?.drawImage(video, 0, 0);
        const brightness = (x: number, y: number): number => context2d?.getImageData(x, y, 1, 1).data[1] ?? 0;
        const seen = {
          width: video.videoWidth,
          height: video.videoHeight,
          corner: brightness(5, 5),
          cheek: brightness(160, 130),
        };
        await call.destroy();
        return seen;
      };
      const seen = await page.evaluate(watch, { url, bundle: `${emulator.url}/_daily` });
      expect(seen).toMatchObject({ width: 320, height: 240 });
      const { corner, cheek } = seen as { corner: number; cheek: number };
      expect(cheek - corner).toBeGreaterThan(30);
    } finally {
      await browser.close();
    }
  });
});
