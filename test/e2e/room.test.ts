import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, type RoomOptions, startEmulator } from "../../src/emulator/index.ts";
import { SIGNAL_PATH } from "../../src/emulator/room/signal-path.ts";
import { holdBrowser } from "../../src/transport/daily/chromium/shared-browser.ts";
import { DailyCallError, MICROPHONE } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls, REAL_RUNTIMES } from "../support/calls.ts";
import { RawDaily } from "../support/raw-daily.ts";
import { tone } from "../support/tone.ts";
import { until } from "../support/until.ts";

const STAYING_PROCESS = fileURLToPath(new URL("fixtures/join-and-stay.ts", import.meta.url));
const RATE = 48_000;

describe.each(REAL_RUNTIMES)("a local room, in the %s runtime", (runtime) => {
  let emulator: Emulator;
  let browser: Awaited<ReturnType<typeof holdBrowser>> | undefined;
  let calls: Calls;
  let rooms = 0;

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger });
    // Keeps the browser warm from test to test.
    if (runtime === "chromium") browser = await holdBrowser();
  });
  afterAll(async () => {
    await browser?.release();
    await emulator.close();
  });
  beforeEach(() => {
    calls = new Calls(runtime);
  });
  afterEach(async () => {
    await calls[Symbol.asyncDispose]();
  });

  function newRoom(options: RoomOptions = {}): { readonly name: string; readonly url: string } {
    const name = `room-${runtime}-${++rooms}`;
    emulator.createRoom(name, options);
    return { name, url: emulator.roomUrl(name) };
  }

  const code = (expected: string): unknown => expect.objectContaining({ code: expected });

  describe("joining and leaving", () => {
    it("exchanges names and user data between both sides, also for a late joiner", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna", { userData: { likes: "tea" } });
      const bob = await calls.join(url, "Bob");

      expect(await anna.sees("Bob")).toMatchObject({ sessionId: bob.id, userId: bob.id, local: false, owner: false });
      expect(await bob.sees("Anna")).toMatchObject({ sessionId: anna.id, userData: { likes: "tea" } });
      expect(anna.joined).toHaveLength(1);
      expect(bob.joined).toHaveLength(1);
      expect(anna.call.state).toBe("joined");
    });

    it("shows a leave at once, and gives a returning participant a new session id", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      await anna.sees("Bob");
      const first = bob.id;

      await bob.call.leave();
      await until("Bob's leave is seen", () => anna.left.length === 1, 1000);
      expect(anna.left[0]).toMatchObject({ sessionId: first, userName: "Bob" });
      expect(bob.call.state).toBe("left");
      expect(bob.call.participants().size).toBe(0);

      const { sessionId: second } = await bob.call.join({ url, userName: "Bob" });
      expect(second).not.toBe(first);
      expect((await anna.sees("Bob")).sessionId).toBe(second);
      expect((await bob.sees("Anna")).sessionId).toBe(anna.id);
      expect(bob.ends).toEqual([]);
    });

    it("leaves nobody in the room when a call is closed while it joins", async () => {
      const { name, url } = newRoom();
      const anna = await calls.create(url);
      const joining = expect(anna.call.join({ url, userName: "Anna" })).rejects.toEqual(code("closed"));
      await anna.call.close();

      await joining;
      await until("the room is empty", () => emulator.room(name)?.participants().length === 0);
      expect(anna.call.state).toBe("closed");
      // A participant that was only late would be visible to the next one.
      const bob = await calls.join(url, "Bob");
      expect(
        emulator
          .room(name)
          ?.participants()
          .map(({ userName }) => userName),
      ).toEqual(["Bob"]);
      expect(bob.joined).toEqual([]);
    });

    it("shows the leave of a killed process within a second", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const child = spawn(process.execPath, [STAYING_PROCESS, url, "Bob"], { stdio: ["ignore", "ignore", "ignore"] });
      try {
        await until("Bob is seen", () => anna.joined.length === 1, 15_000);
      } finally {
        child.kill("SIGKILL");
      }
      await until("Bob is gone", () => anna.left.length === 1, 1000);
    });

    it("is over for everyone when the room ends", async () => {
      const { name, url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      emulator.deleteRoom(name);

      for (const one of [anna, bob]) {
        await until("the end is told", () => one.ends.length === 1, 1000);
        expect(one.ends[0]?.reason).toBe("roomEnded");
        expect(one.call.state).toBe("left");
        expect(one.errors).toEqual([]);
      }
      await expect(anna.call.join({ url, userName: "Anna" })).rejects.toEqual(code("roomNotFound"));
    });

    it("lets an owner eject, and reports the reason to the ejected", async () => {
      const { name, url } = newRoom();
      const anna = await calls.join(url, "Anna");
      await using owner = await RawDaily.join(url, {
        userName: "Owner",
        token: emulator.room(name)?.issueToken({ owner: true }),
      });
      await until("the owner sees Anna", () => owner.participant(anna.id));
      expect((await anna.sees("Owner")).owner).toBe(true);

      owner.call.updateParticipant(anna.id, { eject: true });
      await until("Anna is out", () => anna.ends.length === 1, 1000);
      expect(anna.ends[0]?.reason).toBe("ejected");
      await until("the owner sees it", () => !owner.participant(anna.id));
    });

    it("does not let anybody else eject", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      await using bob = await RawDaily.join(url, { userName: "Bob" });
      const refusals: string[] = [];
      bob.call.on("nonfatal-error", ({ errorMsg }) => refusals.push(errorMsg));
      await until("Bob sees Anna", () => bob.participant(anna.id));

      bob.call.updateParticipant(anna.id, { eject: true });
      await until("the refusal is told", () => refusals.length === 1);
      expect(refusals[0]).toContain("Only a room owner may eject");
      expect(anna.call.state).toBe("joined");
    });

    it.each<[what: string, options: RoomOptions, expected: string]>([
      ["a private room without a token", { isPrivate: true }, "notAllowed"],
      ["a room that has expired", { expiresAtMs: 1000 }, "roomExpired"],
      ["a full room", { maxParticipants: 0 }, "roomFull"],
    ])("refuses %s with one typed error", async (_what, options, expected) => {
      const { name, url } = newRoom(options);
      const anna = await calls.create(url);
      await expect(anna.call.join({ url, userName: "Anna" })).rejects.toEqual(code(expected));
      expect(anna.call.state).toBe("left");
      expect(anna.errors).toEqual([]);
      expect(anna.ends).toEqual([]);
      expect(emulator.room(name)?.participants()).toEqual([]);
    });

    it("refuses an unknown room, a wrong token and an expired one, each with what to do next; then joins with the right one", async () => {
      const { name, url } = newRoom({ isPrivate: true });
      const room = emulator.room(name);
      const expired = room?.issueToken({ expiresAtMs: 1000 }) ?? "";
      const right = room?.issueToken({ userId: "user-7", userName: "from the token" }) ?? "";
      const anna = await calls.create(url);

      const unknown = anna.call.join({ url: emulator.roomUrl("nowhere"), userName: "Anna" });
      await expect(unknown).rejects.toThrow(DailyCallError);
      await expect(unknown).rejects.toThrow(/does not exist.*Check the room URL/);
      await expect(unknown).rejects.toEqual(code("roomNotFound"));
      await expect(anna.call.join({ url, userName: "Anna", token: "wrong" })).rejects.toEqual(code("notAllowed"));
      await expect(anna.call.join({ url, userName: "Anna", token: expired })).rejects.toEqual(code("tokenExpired"));

      await anna.call.join({ url, userName: "Anna", token: right });
      expect(room?.participants()).toMatchObject([{ userId: "user-7", userName: "Anna", sessionId: anna.id }]);
    });
  });

  describe("tracks", () => {
    it("keeps a microphone and a custom track apart, each captured by name at the wanted rate", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      await anna.sees("Bob");
      const microphone = await anna.call.publishAudio(MICROPHONE, { sampleRate: RATE });
      const stream = await anna.call.publishAudio("stream", { sampleRate: 24_000 });
      microphone.write(tone(440, RATE, 8000));
      stream.write(tone(1000, 24_000, 8000));
      const shown = await bob.seesThat(
        anna.id,
        "both tracks are shown",
        ({ custom, microphone: { state } }) => "stream" in custom && state !== "off",
      );
      // Nothing was subscribed, so nothing is received.
      expect(shown.microphone).toMatchObject({ kind: "audio", subscribed: false, state: "sendable" });
      expect(shown.custom.stream).toMatchObject({ kind: "audio", subscribed: false, state: "sendable" });

      const atMicrophone = await bob.listen(anna.id, MICROPHONE, 16_000);
      await until("440 Hz comes out of the microphone", () => atMicrophone.hears(440));
      expect(atMicrophone.misses(1000)).toBe(true);
      expect(bob.participant(anna.id)?.custom.stream?.state).toBe("sendable");

      const atStream = await bob.listen(anna.id, "stream");
      await until("1000 Hz comes out of the stream", () => atStream.hears(1000));
      expect(atStream.misses(440)).toBe(true);
      await until("the microphone goes on", () => atMicrophone.hears(440) && atMicrophone.misses(1000));
    });

    it("plays a track at its own speed and level", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      const sink = await anna.call.publishAudio("stream", { sampleRate: RATE });
      await bob.seesThat(anna.id, "the track is shown", ({ custom }) => "stream" in custom);
      const ear = await bob.listen(anna.id, "stream");
      sink.write(tone(700, RATE, 5000));
      await until("the tone is heard", () => ear.hears(700));
      const before = ear.heardSamples;
      const beforePlayed = sink.playedSamples;
      await sink.whenPlayed(beforePlayed + RATE);
      const received = ear.heardSamples - before;
      expect(received / RATE).toBeGreaterThan(0.85);
      expect(received / RATE).toBeLessThan(1.15);
      await until("it has its own level", () => ear.level(700) > 6000 && ear.level(700) < 10_000);
    });

    it("stops sending what is unsubscribed, track by track, and starts again", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      for (const [name, hz] of [
        ["stream", 440],
        ["other", 1000],
      ] as const) {
        const sink = await anna.call.publishAudio(name, { sampleRate: RATE });
        sink.write(tone(hz, RATE, 9000));
      }
      await bob.seesThat(anna.id, "both tracks are shown", ({ custom }) => "stream" in custom && "other" in custom);
      const stream = await bob.listen(anna.id, "stream");
      const other = await bob.listen(anna.id, "other");
      await until("both are heard", () => stream.hears(440) && other.hears(1000));

      await bob.call.subscribe(anna.id, { custom: { stream: false } });
      await bob.seesThat(
        anna.id,
        "the track is no longer received",
        ({ custom }) => custom.stream?.state === "sendable",
      );
      const last = stream.heardSamples;
      const still = other.heardSamples;
      await until("the other track goes on", () => other.heardSamples > still + RATE / 4 && other.hears(1000));
      expect(stream.heardSamples - last).toBeLessThan(RATE / 10);

      await bob.call.subscribe(anna.id, { custom: { stream: true } });
      // The capture was never closed: it continues with the track that returns.
      await until("it is heard again", () => stream.heardSamples > last + RATE / 4 && stream.hears(440));
      await until("the other still goes on", () => other.hears(1000));
    });

    it("receives everything when subscriptions are automatic", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob", { subscribeAutomatically: true });
      const sink = await anna.call.publishAudio("stream", { sampleRate: RATE });
      await anna.call.publishAudio(MICROPHONE, { sampleRate: RATE });
      const shown = await bob.seesThat(
        anna.id,
        "both tracks play",
        ({ custom, microphone }) => custom.stream?.state === "playable" && microphone.state === "playable",
      );
      expect(shown.microphone.subscribed).toBe(true);
      expect(shown.custom.stream?.subscribed).toBe(true);
      sink.write(tone(440, RATE, 5000));
      const ear = await bob.listen(anna.id, "stream");
      await until("it is heard", () => ear.hears(440));
      ear.stop();
      expect(bob.participant(anna.id)?.custom.stream?.state).toBe("playable");
    });

    it("captures a muted participant from unmuting on, and is silent while they are muted", async () => {
      const { url } = newRoom();
      const bob = await calls.join(url, "Bob");
      await using anna = await RawDaily.join(url, { userName: "Anna" });
      const { sessionId } = await bob.sees("Anna");
      // Her microphone is off: there is nothing to wait for.
      const ear = await bob.listen(sessionId, MICROPHONE);
      expect(ear.heardSamples).toBe(0);
      await anna.openMicrophone(440);
      await until("Anna is heard", () => ear.hears(440));

      anna.call.setLocalAudio(false);
      await bob.seesThat(sessionId, "she is muted", ({ microphone }) => microphone.state === "off");
      const last = ear.heardSamples;
      const mutedAt = anna.playedSamples;
      await until("half a second passes", () => anna.playedSamples > mutedAt + RATE / 2);
      expect(ear.heardSamples - last).toBeLessThan(RATE / 10);

      anna.call.setLocalAudio(true);
      await until("Anna is heard again", () => ear.heardSamples > last + RATE / 4 && ear.hears(440));
    });

    it("removes a track when its sink is closed, and accepts the same name again", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      const sink = await anna.call.publishAudio("stream", { sampleRate: RATE });
      await bob.seesThat(anna.id, "the track is shown", ({ custom }) => "stream" in custom);
      await sink.close();
      await bob.seesThat(anna.id, "the track is gone", ({ custom }) => !("stream" in custom));
      expect(sink.write(tone(440, RATE, 20))).toBe(false);

      const again = await anna.call.publishAudio("stream", { sampleRate: RATE });
      await bob.seesThat(anna.id, "the track is back", ({ custom }) => "stream" in custom);
      again.write(tone(1000, RATE, 5000));
      const ear = await bob.listen(anna.id, "stream");
      await until("it is heard", () => ear.hears(1000));
    });

    it("publishes two tracks at once under their own names", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      // daily-js itself would mix up two custom tracks that are started in one tick.
      const [first, second] = await Promise.all([
        anna.call.publishAudio("first", { sampleRate: RATE }),
        anna.call.publishAudio("second", { sampleRate: RATE }),
      ]);
      first.write(tone(440, RATE, 8000));
      second.write(tone(1000, RATE, 8000));
      await bob.seesThat(anna.id, "both are shown", ({ custom }) => "first" in custom && "second" in custom);
      const [atFirst, atSecond] = await Promise.all([bob.listen(anna.id, "first"), bob.listen(anna.id, "second")]);
      await until("each is heard", () => atFirst.hears(440) && atSecond.hears(1000));
      expect(atFirst.misses(1000) && atSecond.misses(440)).toBe(true);
    });

    it("rejects what cannot be subscribed or captured", async () => {
      const { url } = newRoom();
      const anna = await calls.create(url);
      const nobody = randomUUID();
      const format = { sampleRate: RATE };
      await expect(anna.call.publishAudio("stream", format)).rejects.toEqual(code("notJoined"));
      await anna.call.join({ url, userName: "Anna" });
      await expect(anna.call.subscribe(nobody, { microphone: true })).rejects.toEqual(code("unknownParticipant"));
      await expect(anna.call.captureAudio(nobody, MICROPHONE, format, () => undefined)).rejects.toEqual(
        code("unknownParticipant"),
      );
      await expect(anna.call.publishAudio("stream", { sampleRate: 1 })).rejects.toEqual(code("invalidOption"));
    });
  });

  describe("app messages", () => {
    it("go both ways, to everyone or to one, and never back to their sender", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      const carol = await calls.join(url, "Carol", { runtime: "native" });
      await Promise.all([anna.sees("Bob"), anna.sees("Carol"), bob.sees("Carol")]);
      await anna.call.sendAppMessage({ to: "all", text: "ä €" });
      await anna.call.sendAppMessage({ to: "Bob" }, bob.id);
      await bob.call.sendAppMessage("last");

      const last = { data: "last", from: bob.id };
      await until("the last one arrives", () => anna.messages.length === 1 && carol.messages.length === 2);
      expect(anna.messages).toEqual([last]);
      expect(bob.messages).toEqual([
        { data: { to: "all", text: "ä €" }, from: anna.id },
        { data: { to: "Bob" }, from: anna.id },
      ]);
      expect(carol.messages).toEqual([{ data: { to: "all", text: "ä €" }, from: anna.id }, last]);
    });

    it("keep their order", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      await anna.sees("Bob");
      const numbers = Array.from({ length: 100 }, (_, n) => n);
      await Promise.all(numbers.map((n) => anna.call.sendAppMessage({ n })));
      await until("all arrive", () => bob.messages.length === 100);
      expect(bob.messages.map(({ data }) => (data as { n: number }).n)).toEqual(numbers);
    });

    it.each([
      [4096, {}],
      [1000, { maxAppMessageSize: 1000 }],
      [20_000, { maxAppMessageSize: 20_000 }],
    ])(
      "may have %i characters of JSON where the room says so, and not one more",
      async (limit, options: RoomOptions) => {
        const { url } = newRoom(options);
        const anna = await calls.join(url, "Anna");
        const bob = await calls.join(url, "Bob", { runtime: "native" });
        await anna.sees("Bob");
        expect(anna.meeting.maxAppMessageSize).toBe(limit);
        expect(anna.call.maxAppMessageSize).toBe(limit);
        const fits = "x".repeat(limit - 2);
        await expect(anna.call.sendAppMessage(`${fits}x`)).rejects.toEqual(code("messageTooLarge"));
        await anna.call.sendAppMessage(fits);
        await until("the one that fits arrives", () => bob.messages.length > 0);
        expect(bob.messages).toEqual([{ data: fits, from: anna.id }]);
      },
    );
  });

  describe("a sink", () => {
    it("accounts for what was written and played, and reports when a position was played", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const sink = await anna.call.publishAudio("stream", { sampleRate: RATE });
      expect(sink).toMatchObject({ sampleRate: RATE, channels: 1, writtenSamples: 0, playedSamples: 0, closed: false });
      expect(sink.write(tone(440, RATE, 300))).toBe(true);
      expect(sink.write(tone(440, RATE, 200))).toBe(true);
      sink.endUtterance();
      expect(sink.writtenSamples).toBe(RATE / 2);

      const startedMs = performance.now();
      expect(await sink.whenPlayed(RATE / 10)).toBe("played");
      expect(sink.playedSamples).toBeGreaterThanOrEqual(RATE / 10);
      expect(sink.playedSamples).toBeLessThan(RATE / 2);
      expect(await sink.whenPlayed(RATE / 2)).toBe("played");
      expect(sink.playedSamples).toBe(RATE / 2);
      const tookMs = performance.now() - startedMs;
      expect(tookMs).toBeGreaterThan(400);
      expect(tookMs).toBeLessThan(1000);
      expect(await sink.whenPlayed(0)).toBe("played");
    });

    it("accepts 40 seconds ahead and refuses more", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const sink = await anna.call.publishAudio("stream", { sampleRate: 16_000 });
      const second = (): Int16Array => new Int16Array(16_000);
      const taken = Array.from({ length: 42 }, () => sink.write(second())).filter((took) => took).length;
      // Playback in the meantime frees less than one more second.
      expect(taken).toBe(40);
      expect(sink.writtenSamples).toBe(640_000);
      sink.flush();
      expect(sink.write(second())).toBe(true);
    });

    it("drops unplayed audio on a flush, settles the waits, and then plays only new audio", async () => {
      const { url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const bob = await calls.join(url, "Bob");
      const sink = await anna.call.publishAudio("stream", { sampleRate: RATE });
      await bob.seesThat(anna.id, "the track is shown", ({ custom }) => "stream" in custom);
      const ear = await bob.listen(anna.id, "stream");
      // Written in pieces, so that some are still queued and some are in flight.
      for (let n = 0; n < 90; n++) sink.write(tone(440, RATE, 100));
      await until("the old sound is heard", () => ear.hears(440));
      const waiting = sink.whenPlayed(sink.writtenSamples);

      const position = sink.flush();
      expect(await waiting).toBe("flushed");
      expect(sink.writtenSamples).toBe(position);
      expect(sink.playedSamples).toBe(position);
      expect(position).toBeLessThan(9 * RATE);
      const flushedMs = performance.now();
      await until("the old sound is gone", () => ear.misses(440) && ear.peak < 300, 1000);
      // A window of 100 ms must pass as well.
      expect(performance.now() - flushedMs).toBeLessThan(600);

      sink.write(tone(1000, RATE, 600));
      expect(sink.writtenSamples).toBe(position + (RATE * 6) / 10);
      let oldAgain = false;
      await until("the new sound is heard", () => {
        oldAgain ||= ear.hears(440);
        return ear.hears(1000);
      });
      expect(oldAgain).toBe(false);
      expect(ear.misses(440)).toBe(true);
      expect(await sink.whenPlayed(position + (RATE * 6) / 10)).toBe("played");
    });

    it("ends its waits when it is closed, when the call leaves, and when the room ends", async () => {
      const { name, url } = newRoom();
      const anna = await calls.join(url, "Anna");
      const write = async (trackName: string) => {
        const sink = await anna.call.publishAudio(trackName, { sampleRate: RATE });
        sink.write(tone(440, RATE, 5000));
        return { sink, waiting: sink.whenPlayed(5 * RATE) };
      };
      const closed = await write("one");
      await Promise.all([closed.sink.close(), closed.sink.close()]);
      expect(await closed.waiting).toBe("closed");
      const left = await write("two");
      await anna.call.leave();
      expect(await left.waiting).toBe("closed");
      expect(left.sink.write(tone(440, RATE, 20))).toBe(false);
      await anna.call.join({ url, userName: "Anna" });
      const ended = await write("three");
      emulator.deleteRoom(name);
      expect(await ended.waiting).toBe("closed");
      await ended.sink.close();
    });
  });
});

describe("the room server", () => {
  async function rawSocket(emulator: Emulator, headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(emulator.url.replace("http", "ws") + SIGNAL_PATH, { headers });
    await once(socket, "open");
    return socket;
  }

  it("enforces the app message limit without daily-js, and survives messages that are not signalling", async () => {
    await using emulator = await startEmulator({ logger: silentLogger });
    emulator.createRoom("r", { maxAppMessageSize: 100 });
    await using calls = new Calls("native");
    const anna = await calls.join(emulator.roomUrl("r"), "Anna");
    const socket = await rawSocket(emulator);
    const refusals: { type: string; message?: string }[] = [];
    socket.on("message", (raw: Buffer) => {
      const message = JSON.parse(raw.toString()) as { type: string };
      if (message.type === "rejected") refusals.push(message);
    });
    const send = (message: unknown): void =>
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
    send("{ not JSON");
    send({ type: "no such type" });
    await until("both are rejected", () => refusals.length === 2);

    send({ type: "join", room: "r", sessionId: randomUUID(), userName: "Mallory", publications: {} });
    send({ type: "app-message", to: "*", data: "x".repeat(99) });
    send({ type: "app-message", to: "*", data: "x".repeat(98) });
    await until("the one that fits arrives", () => anna.messages.length > 0);
    expect(anna.messages.map(({ data }) => data)).toEqual(["x".repeat(98)]);
    expect(refusals).toHaveLength(3);
    expect(refusals[2]?.message).toContain("at most 100 characters");
    socket.terminate();
    await until("Mallory is gone", () => anna.left.length === 1, 1000);
  });

  it.each([
    ["another site's page", { origin: "https://example.com" }],
    ["a rebound name", { host: "rooms.example.com" }],
  ])("takes no socket of %s", async (_who, headers) => {
    await using emulator = await startEmulator({ logger: silentLogger });
    await expect(rawSocket(emulator, headers)).rejects.toThrow("403");
  });
});
