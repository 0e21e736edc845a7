import type { DailyCall, DailyCallFactory } from "@daily-co/daily-js";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, type RoomOptions, startEmulator } from "../../src/emulator/index.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls } from "../support/calls.ts";
import { launchPeopleBrowser, newPersonPage } from "../support/people-browser.ts";
import { RawDaily } from "../support/raw-daily.ts";
import { passes, until } from "../support/until.ts";

// daily-js as anybody uses it, in a page of a browser with devices. Functions that are handed to `inPage` run there.

interface Event {
  readonly action: string;
  readonly [field: string]: unknown;
}

declare const Daily: DailyCallFactory;
declare const call: DailyCall;
declare const events: Event[];
declare function toneTrack(hz: number): MediaStreamTrack;

const SESSION_ID = /^[0-9a-f-]{36}$/;

describe("unmodified daily-js in a page", () => {
  let emulator: Emulator;
  let browser: Browser;
  let page: Page;
  let calls: Calls;
  let url = "";
  let roomName = "";
  let rooms = 0;

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger });
    browser = await launchPeopleBrowser({ offersLoopback: true });
  });
  afterAll(async () => {
    await browser.close();
    await emulator.close();
  });
  beforeEach(async () => {
    calls = new Calls("native");
    page = await newPersonPage(browser, emulator.url);
    // Any page of this origin will do; it needs no markup.
    await page.goto(`${emulator.url}/_daily/daily.js`);
    await page.addScriptTag({ url: "/_daily/daily.js" });
    await page.evaluate((bundlePathOverride) => {
      const made = Daily.createCallObject({ dailyConfig: { bundlePathOverride } });
      const seen: object[] = [];
      const remember = (event: object): void => {
        // Tracks do not survive the way out of the page.
        const { track, ...rest } = event as { track?: MediaStreamTrack };
        seen.push({ ...rest, ...(track && { trackKind: track.kind }) });
      };
      for (const name of [
        "loaded",
        "joined-meeting",
        "left-meeting",
        "error",
        "nonfatal-error",
        "camera-error",
        "participant-joined",
        "participant-updated",
        "participant-left",
        "track-started",
        "track-stopped",
        "app-message",
        "local-audio-level",
        "remote-participants-audio-level",
        "participant-counts-updated",
        "access-state-updated",
        "local-screen-share-started",
        "local-screen-share-stopped",
        "selected-devices-updated",
        "started-camera",
      ] as const) {
        made.on(name, remember);
      }
      const context = new AudioContext();
      Object.assign(globalThis, {
        call: made,
        events: seen,
        toneTrack: (hz: number) => {
          const oscillator = new OscillatorNode(context, { frequency: hz });
          const destination = new MediaStreamAudioDestinationNode(context);
          oscillator.connect(new GainNode(context, { gain: 0.3 })).connect(destination);
          oscillator.start();
          return destination.stream.getAudioTracks()[0];
        },
      });
    }, `${emulator.url}/_daily`);
    newRoom();
  });
  afterEach(async () => {
    await page.context().close();
    await calls[Symbol.asyncDispose]();
  });

  function newRoom(options: RoomOptions = {}): void {
    roomName = `page-${++rooms}`;
    emulator.createRoom(roomName, options);
    url = emulator.roomUrl(roomName);
  }

  /** Joins the page's call without devices unless options say otherwise; returns its session id. */
  function join(options: Record<string, unknown> = {}): Promise<string> {
    return page.evaluate(
      async (given) => {
        const participants = await call.join({ audioSource: false, videoSource: false, ...given });
        return participants?.local.session_id ?? "";
      },
      { url, userName: "Page", ...options },
    );
  }

  async function eventNamed(action: string, count = 1): Promise<Event> {
    return await until(`${action} is told`, async () => {
      const found = await page.evaluate((name) => events.filter((event) => event.action === name), action);
      return found.length >= count ? found.at(-1) : undefined;
    });
  }

  const countOf = (action: string): Promise<number> =>
    page.evaluate((name) => events.filter((event) => event.action === name).length, action);

  it("has a local participant with microphone and camera from startCamera on, and keeps both when it joins", async () => {
    const native = await calls.join(url, "Native", { subscribeAutomatically: true });
    const before = await page.evaluate(async () => {
      const devices = await call.startCamera();
      const { local } = call.participants();
      return {
        devices,
        id: local.session_id,
        audio: local.tracks.audio.persistentTrack?.id,
        video: local.tracks.video.persistentTrack?.id,
      };
    });
    expect(before.devices).toMatchObject({ camera: { kind: "video" }, mic: { kind: "audio" } });
    expect(before.audio).toBeTruthy();
    expect(before.video).toBeTruthy();
    const id = await page.evaluate(async (roomUrl) => {
      const participants = await call.join({ url: roomUrl, userName: "Page" });
      return participants?.local.session_id;
    }, url);
    expect(id).toBe(before.id);
    const after = await page.evaluate(() => {
      const { tracks } = call.participants().local;
      return { audio: tracks.audio.persistentTrack?.id, video: tracks.video.persistentTrack?.id };
    });
    expect(after).toEqual({ audio: before.audio, video: before.video });
    expect(await countOf("track-stopped")).toBe(0);

    const seen = await native.seesThat(
      before.id,
      "both tracks play",
      ({ microphone, camera }) => microphone.state === "playable" && camera.state === "playable",
    );
    expect(seen.userName).toBe("Page");
    const ear = await native.listen(before.id, MICROPHONE);
    await until("the fake microphone beeps", () => ear.peak > 1_000);
  });

  it("lets go of the devices it opened when it leaves, and of nothing that the application made", async () => {
    const states = await page.evaluate(async (roomUrl) => {
      await call.join({ url: roomUrl, userName: "Page" });
      const { audio, video } = call.participants().local.tracks;
      const devices = [audio.persistentTrack, video.persistentTrack];
      const own = toneTrack(440);
      await call.setInputDevicesAsync({ audioSource: own });
      const swapped = devices.map((track) => track?.readyState);
      await call.leave();
      return { swapped, left: devices.map((track) => track?.readyState), own: own.readyState };
    }, url);
    expect(states).toEqual({ swapped: ["ended", "live"], left: ["ended", "ended"], own: "live" });
  });

  it("joins without devices when it has been told not to use them", async () => {
    const native = await calls.join(url, "Native");
    const id = await join();
    const { microphone, camera } = await native.sees("Page");
    expect([microphone.state, camera.state]).toEqual(["off", "off"]);
    expect(id).toMatch(SESSION_ID);
    expect(await countOf("camera-error")).toBe(0);
  });

  it("goes on without a device that is not there, and says so", async () => {
    await page.evaluate(async (roomUrl) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("No device", "NotFoundError"));
      await call.join({ url: roomUrl, userName: "Page" });
    }, url);
    expect(await eventNamed("camera-error")).toMatchObject({ error: { type: "not-found" } });
    expect(await page.evaluate(() => call.meetingState())).toBe("joined-meeting");
  });

  it("is in no room when it was left while its devices were still being opened", async () => {
    const native = await calls.join(url, "Native");
    await page.evaluate(async (roomUrl) => {
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const asked = Promise.withResolvers<undefined>();
      const answer = Promise.withResolvers<undefined>();
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        asked.resolve(undefined);
        await answer.promise;
        return await open(constraints);
      };
      // daily-js never settles a join that is cut short.
      void call.join({ url: roomUrl, userName: "Page" });
      await asked.promise;
      await call.leave();
      answer.resolve(undefined);
    }, url);
    expect(await page.evaluate(() => call.meetingState())).toBe("left-meeting");
    // Long enough for the devices to open and for a join to follow.
    await passes(300);
    expect(native.joined).toEqual([]);
    await join();
    await native.sees("Page");
  });

  it("puts a track in the microphone's place, switches it off and on, and swaps it for another", async () => {
    const native = await calls.join(url, "Native");
    const id = await join();
    await native.sees("Page");
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(440) });
      call.setLocalAudio(true);
    });
    const ear = await native.listen(id, MICROPHONE);
    await until("440 Hz is heard", () => ear.hears(440));
    await page.evaluate(() => call.setLocalAudio(false));
    await native.seesThat(id, "it is off", ({ microphone }) => microphone.state === "off");
    expect(await page.evaluate(() => call.localAudio())).toBe(false);
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(1_000) });
      call.setLocalAudio(true);
    });
    await until("1000 Hz is heard instead", () => ear.hears(1_000) && ear.misses(440));
    // Swapped while it is on: nothing is switched off and on for it.
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(440) });
    });
    await until("440 Hz is heard again", () => ear.hears(440) && ear.misses(1_000));
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: false });
    });
    await native.seesThat(id, "it is locked off", ({ microphone }) => microphone.state === "off");
  });

  it("starts custom tracks by name or without one, and stops each by its tag", async () => {
    const native = await calls.join(url, "Native");
    const id = await join();
    await native.sees("Page");
    const tags = await page.evaluate(async () => [
      await call.startCustomTrack({ track: toneTrack(440), trackName: "stream" }),
      await call.startCustomTrack({ track: toneTrack(1_000) }),
    ]);
    expect(tags[0]).toBe("stream");
    expect(tags[1]).toBeTruthy();
    const unnamed = tags[1] ?? "";
    await native.seesThat(id, "both are shown", ({ custom }) => "stream" in custom && unnamed in custom);
    const [atStream, atUnnamed] = [await native.listen(id, "stream"), await native.listen(id, unnamed)];
    await until("each is heard", () => atStream.hears(440) && atUnnamed.hears(1_000));

    expect(await page.evaluate((tag) => call.stopCustomTrack(tag), unnamed)).toBe(unnamed);
    const left = await native.seesThat(id, "it is gone", ({ custom }) => !(unnamed in custom));
    expect(Object.keys(left.custom)).toEqual(["stream"]);
    await until("the other goes on", () => atStream.hears(440));
  });

  it("shares a screen made of a stream, and stops sharing it", async () => {
    const native = await calls.join(url, "Native", { subscribeAutomatically: true });
    const id = await join();
    await native.sees("Page");
    await page.evaluate(() => {
      const canvas = document.createElement("canvas");
      const context = canvas.getContext("2d");
      setInterval(() => context?.fillRect(Math.random() * 100, 0, 10, 10), 50);
      const mediaStream = canvas.captureStream(10);
      mediaStream.addTrack(toneTrack(440));
      call.startScreenShare({ mediaStream });
    });
    await eventNamed("local-screen-share-started");
    await native.seesThat(
      id,
      "the screen plays",
      ({ screenVideo, screenAudio }) => screenVideo.state === "playable" && screenAudio.state === "playable",
    );
    await page.evaluate(() => call.stopScreenShare());
    await eventNamed("local-screen-share-stopped");
    await native.seesThat(
      id,
      "the screen is off",
      ({ screenVideo, screenAudio }) => screenVideo.state === "off" && screenAudio.state === "off",
    );
  });

  it("changes its name and its user data while it is in the room", async () => {
    const native = await calls.join(url, "Native");
    const id = await join({ userData: { version: 1 } });
    expect((await native.sees("Page")).userData).toEqual({ version: 1 });
    const answers = await page.evaluate(async () => [
      await call.setUserName("Renamed"),
      await call.setUserData({ version: 2 }),
    ]);
    expect(answers).toEqual(
      [{ userName: "Renamed" }, { userData: { version: 2 } }].map(
        (answer) => expect.objectContaining(answer) as unknown,
      ),
    );
    await native.seesThat(
      id,
      "both are seen",
      ({ userName, userData }) => userName === "Renamed" && (userData as { version: number }).version === 2,
    );
    expect(await page.evaluate(() => call.participants().local.user_name)).toBe("Renamed");
  });

  it("is muted and ejected by an owner, and by nobody else", async () => {
    const id = await join();
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(440) });
      call.setLocalAudio(true);
    });
    await using stranger = await RawDaily.join(url, { userName: "Stranger" });
    await using owner = await RawDaily.join(url, {
      userName: "Owner",
      token: emulator.room(roomName)?.issueToken({ owner: true }),
    });
    const isOn = (viewer: RawDaily): boolean => viewer.participant(id)?.tracks.audio.state === "playable";
    const refusals: string[] = [];
    stranger.call.on("nonfatal-error", ({ errorMsg }) => refusals.push(errorMsg));
    await until("both see the page", () => isOn(stranger) && isOn(owner));

    stranger.call.updateParticipant(id, { setAudio: false });
    await until("the stranger is refused", () => refusals.length === 1);
    expect(await page.evaluate(() => call.localAudio())).toBe(true);
    owner.call.updateParticipant(id, { setAudio: false });
    await until("the page is muted", async () => !(await page.evaluate(() => call.localAudio())));
    await until("the owner sees it", () => !isOn(owner));

    owner.call.updateParticipant(id, { eject: true });
    expect(await eventNamed("error")).toMatchObject({ error: { type: "ejected" } });
    await eventNamed("left-meeting");
    expect(await page.evaluate(() => call.meetingState())).toBe("error");
    await until("the owner sees it", () => !owner.participant(id));
    // It may come back: an ejection is no ban.
    expect(await join()).not.toBe(id);
  });

  it("observes the level of its own microphone and of those it receives", async () => {
    const native = await calls.join(url, "Native");
    await join();
    await page.evaluate(async () => {
      await call.startLocalAudioLevelObserver(100);
      await call.startRemoteParticipantsAudioLevelObserver(100);
    });
    expect((await eventNamed("local-audio-level")).audioLevel).toBe(0);
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(440) });
      call.setLocalAudio(true);
    });
    const sink = await native.call.publishAudio(MICROPHONE, { sampleRate: 48_000 });
    const noise = Int16Array.from({ length: 48_000 * 5 }, () => (Math.random() - 0.5) * 20_000);
    sink.write(noise);
    await until(
      "its own level is told",
      async () => ((await eventNamed("local-audio-level")).audioLevel as number) > 0.05,
    );
    await until("the other's level is told", async () => {
      const { participantsAudioLevel } = await eventNamed("remote-participants-audio-level");
      return ((participantsAudioLevel as Record<string, number>)[native.id] ?? 0) > 0.02;
    });
    await page.evaluate(() => {
      call.stopLocalAudioLevelObserver();
      call.stopRemoteParticipantsAudioLevelObserver();
    });
  });

  it("subscribes by itself or as told, and changes its mind in the middle", async () => {
    const native = await calls.join(url, "Native");
    await native.call.publishAudio(MICROPHONE, { sampleRate: 48_000 });
    await native.call.publishAudio("stream", { sampleRate: 48_000 });
    await join();
    const states = (): Promise<(string | undefined)[]> =>
      page.evaluate((id) => {
        const tracks = call.participants()[id]?.tracks;
        return [tracks?.audio.state, (tracks as Record<string, { state: string }> | undefined)?.stream?.state];
      }, native.id);
    const become = (...expected: string[]): Promise<unknown> =>
      until(`the states are ${expected.join()}`, async () => (await states()).join() === expected.join());
    await become("playable", "playable");
    // With automatic subscription daily-js itself refuses to be told.
    await expect(
      page.evaluate((id) => void call.updateParticipant(id, { setSubscribedTracks: true }), native.id),
    ).rejects.toThrow();
    await page.evaluate(() => void call.setSubscribeToTracksAutomatically(false));
    await become("sendable", "sendable");
    await page.evaluate(
      (id) => void call.updateParticipant(id, { setSubscribedTracks: { audio: true, custom: { stream: "staged" } } }),
      native.id,
    );
    await become("playable", "sendable");
    await page.evaluate(
      (id) => void call.updateParticipant(id, { setSubscribedTracks: { audio: false, custom: true } }),
      native.id,
    );
    await become("sendable", "playable");
    await page.evaluate((id) => void call.updateParticipant(id, { setSubscribedTracks: true }), native.id);
    await become("playable", "playable");
    await page.evaluate(() => void call.setSubscribeToTracksAutomatically(true));
    await become("playable", "playable");
  });

  it("knows its room, who is in it, and how it is connected", async () => {
    await calls.join(url, "Native");
    await join();
    const known = await page.evaluate(async () => ({
      room: await call.room(),
      topology: await call.getNetworkTopology(),
      access: call.accessState(),
      devices: await call.getInputDevices(),
      session: call.meetingSessionSummary(),
    }));
    expect(known.room).toMatchObject({ name: roomName, domainConfig: { max_app_message_size: 4_096 } });
    expect(known.topology).toEqual({ topology: "sfu" });
    expect(known.access).toEqual({ access: { level: "full" } });
    expect(known.devices).toMatchObject({ camera: {}, mic: {} });
    expect(known.session).toEqual({ id: emulator.room(roomName)?.meetingId });
    const counts = (present: number) => async (): Promise<boolean> =>
      (await page.evaluate(() => call.participantCounts().present)) === present;
    await until("two are counted", counts(2));
    const carol = await calls.join(url, "Carol");
    await until("three are counted", counts(3));
    await carol.call.leave();
    await until("two are left", counts(2));
  });

  it("refuses app messages that are too long for the room, and takes the others", async () => {
    newRoom({ maxAppMessageSize: 50 });
    const native = await calls.join(url, "Native");
    await join();
    await expect(page.evaluate(() => void call.sendAppMessage("x".repeat(49)))).rejects.toThrow(
      /too large. Max size is 50/,
    );
    await page.evaluate(() => void call.sendAppMessage("x".repeat(48)));
    await until("it arrives", () => native.messages.length === 1);
  });

  it("answers what it does not support with an error that says so, and never hangs", async () => {
    await join();
    const settled = await page.evaluate(async () => {
      const outcome = (work: Promise<unknown>): Promise<string> =>
        Promise.race([
          work.then(
            (value) => `resolved ${JSON.stringify(value)}`,
            (thrown: unknown) => `rejected ${JSON.stringify(thrown)} ${String(thrown)}`,
          ),
          new Promise<string>((resolve) => setTimeout(() => resolve("hung"), 2_000)),
        ]);
      return Promise.all([
        outcome(call.startDialOut({ phoneNumber: "+15551234567" })),
        outcome(call.startRemoteMediaPlayer({ url: "https://example.com/a.mp4" })),
        outcome(call.setNetworkTopology({ topology: "peer" })),
        outcome(call.testWebsocketConnectivity()),
        outcome(call.getNetworkStats()),
        outcome(call.getCpuLoadStats()),
      ]);
    });
    for (const outcome of settled.slice(0, 4)) expect(outcome).toMatch(/^rejected.*The local room does not support/);
    expect(settled).not.toContain("hung");
    // These wait for no answer; an event says it.
    await page.evaluate(() => {
      call.startRecording();
      call.startTranscription();
      call.startLiveStreaming({ rtmpUrl: "rtmp://example.com/a" });
    });
    await eventNamed("nonfatal-error", 3);
    const told = await page.evaluate(() =>
      events.filter(({ action }) => action === "nonfatal-error").map((event) => event.errorMsg),
    );
    for (const message of told) expect(message).toContain("The local room does not support");
    expect(await page.evaluate(() => call.meetingState())).toBe("joined-meeting");
  });

  it("leaves, comes back as the same object under a new id, and is gone when it is destroyed or its page closes", async () => {
    const native = await calls.join(url, "Native");
    const first = await join();
    await native.sees("Page");
    await page.evaluate(() => call.leave());
    await until("it has left", () => native.left.length === 1, 1_000);
    const second = await join();
    expect(second).not.toBe(first);
    await page.evaluate(() => call.destroy());
    await until("it is gone", () => native.left.length === 2, 1_000);
    await page.evaluate(
      async ([roomUrl, bundlePathOverride]) => {
        const made = Daily.createCallObject({ dailyConfig: { bundlePathOverride } as object });
        await made.join({ url: roomUrl ?? "", userName: "Page", audioSource: false, videoSource: false });
      },
      [url, `${emulator.url}/_daily`],
    );
    await native.sees("Page");
    await page.close();
    await until("it is gone with its page", () => native.left.length === 3, 1_000);
  });
});
