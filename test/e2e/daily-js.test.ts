import type { DailyCall, DailyCallFactory } from "@daily-co/daily-js";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, type RoomOptions, startEmulator } from "../../src/emulator/index.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls } from "../support/calls.ts";
import { launchPeopleBrowser, newPersonPage } from "../support/people-browser.ts";
import { RawDaily } from "../support/raw-daily.ts";
import { tone } from "../support/tone.ts";
import { passes, until } from "../support/until.ts";

// daily-js as any application uses it, in a browser page with devices. Functions passed to `inPage` run in the page.

interface Event {
  readonly action: string;
  readonly [field: string]: unknown;
}

declare const Daily: DailyCallFactory;
declare const call: DailyCall;
declare const events: Event[];
declare function speakersSeen(): string[];
declare function toneTrack(hz: number): MediaStreamTrack;

/** The members that daily-js' type definitions give `stats.latest`, and its siblings. */
const LATEST_STATS = [
  ...["timestamp", "recvBitsPerSecond", "sendBitsPerSecond", "availableOutgoingBitrate", "networkRoundTripTime"],
  ...["videoRecvBitsPerSecond", "videoSendBitsPerSecond", "audioRecvBitsPerSecond", "audioSendBitsPerSecond"],
  ...["videoRecvPacketLoss", "videoSendPacketLoss", "audioRecvPacketLoss", "audioSendPacketLoss"],
  ...["totalSendPacketLoss", "totalRecvPacketLoss"],
  ...["videoRecvJitter", "videoSendJitter", "audioRecvJitter", "audioSendJitter"],
];
const SUMMARY_STATS = [
  ...["worstVideoRecvPacketLoss", "worstVideoSendPacketLoss", "worstAudioRecvPacketLoss", "worstAudioSendPacketLoss"],
  ...["worstVideoRecvJitter", "worstVideoSendJitter", "worstAudioRecvJitter", "worstAudioSendJitter"],
  "averageNetworkRoundTripTime",
];

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
        // Tracks do not survive serialization out of the page.
        const { track, ...rest } = event as { track?: MediaStreamTrack };
        seen.push({ ...rest, ...(track && { trackKind: track.kind }) });
      };
      for (const name of [
        "loaded",
        "joined-meeting",
        "left-meeting",
        "error",
        "nonfatal-error",
        "transcription-error",
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
        "meeting-session-state-updated",
        "network-quality-change",
        "recording-started",
        "recording-stopped",
        "recording-error",
      ] as const)
        made.on(name, remember);
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

  const countEvents = (action: string): Promise<number> =>
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
    expect(await countEvents("track-stopped")).toBe(0);

    const seen = await native.seesThat(
      before.id,
      "both tracks play",
      ({ microphone, camera }) => microphone.state === "playable" && camera.state === "playable",
    );
    expect(seen.userName).toBe("Page");
    const ear = await native.listen(before.id, MICROPHONE);
    await until("the fake microphone beeps", () => ear.peak > 1000);
  });

  it("releases on leaving the devices it opened, and nothing the application created", async () => {
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

  it("joins without devices when told not to use them", async () => {
    const native = await calls.join(url, "Native");
    const id = await join();
    const { microphone, camera } = await native.sees("Page");
    expect([microphone.state, camera.state]).toEqual(["off", "off"]);
    expect(id).toMatch(SESSION_ID);
    expect(await countEvents("camera-error")).toBe(0);
  });

  describe("without its devices", () => {
    /** Joins with a getUserMedia that throws the error given per kind as "NameOfError: message"; undefined opens the device. */
    async function joinWithFailing(failing: { audio?: string; video?: string }, options: object = {}): Promise<void> {
      await page.evaluate(
        async ([roomUrl, broken, more]) => {
          const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = (constraints) => {
            const [name, message] = (broken[constraints?.audio ? "audio" : "video"] ?? "").split(": ");
            if (!name) return open(constraints);
            return Promise.reject(name === "TypeError" ? new TypeError(message) : new DOMException(message, name));
          };
          await call.join({ url: roomUrl, userName: "Page", ...more });
        },
        [url, failing, options] as const,
      );
    }

    const localTracks = () =>
      page.evaluate(() => {
        const { audio, video } = call.participants().local.tracks;
        return [audio, video].map(({ state, blocked, off }) => ({ state, blocked, off }));
      });

    const denied = "NotAllowedError: Permission denied";
    it.each([
      [
        "denied by the user",
        { audio: denied, video: denied },
        { type: "permissions", blockedBy: "user", blockedMedia: ["audio", "video"] },
        { byPermissions: true },
      ],
      [
        "denied by the operating system",
        { video: "NotAllowedError: Permission denied by system" },
        { type: "permissions", blockedBy: "browser", blockedMedia: ["video"] },
        { byPermissions: true },
      ],
      [
        "missing",
        { video: "NotFoundError: Requested device not found" },
        { type: "not-found", missingMedia: ["video"] },
        { byDeviceMissing: true },
      ],
      ["in use", { video: "NotReadableError: Could not start" }, { type: "cam-in-use" }, { byDeviceInUse: true }],
      [
        "both in use",
        { audio: "AbortError: Failed", video: "NotReadableError: Could not start" },
        { type: "cam-mic-in-use" },
        { byDeviceInUse: true },
      ],
      [
        "unfit for the constraints",
        { video: "OverconstrainedError: width" },
        { type: "constraints", reason: "invalid", failedMedia: ["video"] },
        undefined,
      ],
      ["failing in another way", { video: "InvalidStateError: not active" }, { type: "unknown" }, undefined],
    ])("that are %s it joins, says why, and shows blocked tracks", async (_, failing, error, blocked) => {
      await joinWithFailing(failing);
      expect(await page.evaluate(() => call.meetingState())).toBe("joined-meeting");
      const { error: told, errorMsg } = await eventNamed("camera-error");
      expect(told).toEqual({ ...error, msg: expect.any(String) as unknown });
      expect(errorMsg).toMatchObject({ audioOk: !("audio" in failing), videoOk: false });
      expect(await countEvents("camera-error")).toBe(1);
      const [audio, video] = await localTracks();
      if (blocked) expect(video).toEqual({ state: "blocked", blocked, off: undefined });
      if (!("audio" in failing)) expect(audio?.state).toBe("playable");
    });

    it("it reports a reason for each", async () => {
      await joinWithFailing({ audio: "NotFoundError: none", video: denied });
      await eventNamed("camera-error", 2);
      const types = await page.evaluate(() =>
        events.filter(({ action }) => action === "camera-error").map(({ error }) => (error as { type: string }).type),
      );
      expect(types.sort()).toEqual(["not-found", "permissions"]);
    });

    it("it opens a blocked one when it is switched on again and available", async () => {
      await joinWithFailing({ audio: denied });
      expect((await localTracks())[0]?.state).toBe("blocked");
      await page.evaluate(() => {
        call.setLocalAudio(true);
      });
      await eventNamed("camera-error", 2);
      await page.evaluate(() => {
        delete (navigator.mediaDevices as Partial<MediaDevices>).getUserMedia;
        call.setLocalAudio(true);
      });
      await until("the microphone is on", async () => (await localTracks())[0]?.state === "playable");
    });

    it("that start switched off, it requests none until they are switched on", async () => {
      const asked = await page.evaluate(async (roomUrl) => {
        const kinds: string[] = [];
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (constraints) => {
          kinds.push(constraints?.audio ? "audio" : "video");
          return open(constraints);
        };
        await call.join({ url: roomUrl, startVideoOff: true });
        const atJoin = [...kinds];
        call.setLocalVideo(true);
        return { atJoin, kinds };
      }, url);
      expect(asked.atJoin).toEqual(["audio"]);
      expect((await localTracks())[0]?.state).toBe("playable");
      await until("the camera is on", async () => (await localTracks())[1]?.state === "playable");
    });

    it("it shows a track as interrupted while the browser asks", async () => {
      await page.evaluate(async (roomUrl) => {
        navigator.mediaDevices.getUserMedia = () => new Promise(() => undefined);
        void call.startCamera({ url: roomUrl });
      }, url);
      await until("it is pending", async () =>
        page.evaluate(() => (call.participants().local as object | undefined) !== undefined),
      );
      expect((await localTracks()).map(({ state }) => state)).toEqual(["interrupted", "interrupted"]);
      expect(await countEvents("started-camera")).toBe(0);
    });
  });

  it("is in no room after leaving while its devices were opening", async () => {
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
      // daily-js never settles an interrupted join.
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

  it("replaces the microphone by a track, switches it off and on, and swaps it for another", async () => {
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
      await call.setInputDevicesAsync({ audioSource: toneTrack(1000) });
      call.setLocalAudio(true);
    });
    await until("1000 Hz is heard instead", () => ear.hears(1000) && ear.misses(440));
    // Swapped while it is on: nothing is switched off and on for it.
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(440) });
    });
    await until("440 Hz is heard again", () => ear.hears(440) && ear.misses(1000));
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
      await call.startCustomTrack({ track: toneTrack(1000) }),
    ]);
    expect(tags[0]).toBe("stream");
    expect(tags[1]).toBeTruthy();
    const unnamed = tags[1] ?? "";
    await native.seesThat(id, "both are shown", ({ custom }) => "stream" in custom && unnamed in custom);
    const [atStream, atUnnamed] = [await native.listen(id, "stream"), await native.listen(id, unnamed)];
    await until("each is heard", () => atStream.hears(440) && atUnnamed.hears(1000));

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
    // It may rejoin: an ejection is not a ban.
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

  it("subscribes automatically or manually, and switches between the two", async () => {
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
    // With automatic subscription daily-js itself rejects the request.
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

  it("knows its room, its participants and its connection", async () => {
    await calls.join(url, "Native");
    await join();
    const known = await page.evaluate(async () => ({
      room: await call.room(),
      topology: await call.getNetworkTopology(),
      access: call.accessState(),
      devices: await call.getInputDevices(),
      session: call.meetingSessionSummary(),
    }));
    expect(known.room).toMatchObject({ name: roomName, domainConfig: { max_app_message_size: 4096 } });
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

  it("refuses app messages too long for the room, and accepts the others", async () => {
    newRoom({ maxAppMessageSize: 50 });
    const native = await calls.join(url, "Native");
    await join();
    await expect(page.evaluate(() => void call.sendAppMessage("x".repeat(49)))).rejects.toThrow(
      /too large. Max size is 50/,
    );
    await page.evaluate(() => void call.sendAppMessage("x".repeat(48)));
    await until("it arrives", () => native.messages.length === 1);
  });

  it("reports the active speaker, itself or another, and keeps it in a pause", async () => {
    const native = await calls.join(url, "Native");
    const id = await join();
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { speakersSeen: () => seen });
      // daily-js changes the object that it has handed out.
      call.on("active-speaker-change", ({ activeSpeaker }) => seen.push(activeSpeaker.peerId));
    });
    const speakers = () => page.evaluate(() => speakersSeen());
    const sink = await native.call.publishAudio(MICROPHONE, { sampleRate: 48_000 });
    await native.seesThat(id, "the page is there", () => true);
    sink.write(tone(440, 48_000, 1500));
    await until("the native participant is the speaker", async () => (await speakers()).at(-1) === native.id);
    await sink.whenPlayed(sink.writtenSamples);
    await passes(600);
    await page.evaluate(async () => {
      await call.setInputDevicesAsync({ audioSource: toneTrack(440) });
      call.setLocalAudio(true);
    });
    await until("the page is the speaker", async () => (await speakers()).at(-1) === id);
    expect(await speakers()).toEqual([native.id, id]);
    expect(await page.evaluate(() => call.getActiveSpeaker().peerId)).toBe(id);
  });

  it("has network statistics in the documented shape", async () => {
    const native = await calls.join(url, "Native", { subscribeAutomatically: true });
    const id = await join();
    const { camera: _, ...before } = await page.evaluate(async () => ({
      stats: await call.getNetworkStats(),
      camera: await call.setInputDevicesAsync({ audioSource: toneTrack(440) }),
    }));
    expect(before.stats).toMatchObject({ networkState: "good", threshold: "good", quality: 100 });
    await page.evaluate(() => void call.setLocalAudio(true));
    await native.seesThat(id, "audio flows", ({ microphone }) => microphone.state === "playable");
    const { latest, ...rest } = await until("audio is counted", async () => {
      const { stats } = await page.evaluate(() => call.getNetworkStats());
      return "latest" in stats && (stats.latest.audioSendBitsPerSecond ?? 0) > 5000 ? stats : undefined;
    });
    for (const name of LATEST_STATS) expect(latest).toHaveProperty(name);
    expect(latest.videoSendBitsPerSecond).toBe(0);
    expect(latest.videoSendPacketLoss).toBeNull();
    expect(latest.networkRoundTripTime).toBeLessThan(1);
    expect(Object.keys(rest).sort()).toEqual([...SUMMARY_STATS].sort());
    const { cpuLoadState } = await page.evaluate(() => call.getCpuLoadStats());
    expect(cpuLoadState).toBe("low");
  });

  it("shares session data with present and later participants, merges it, and refuses too much", async () => {
    await using early = await RawDaily.join(url, { userName: "Early" });
    const shared = (viewer: RawDaily): unknown => viewer.call.meetingSessionState().data;
    await join();
    expect(await page.evaluate(() => call.meetingSessionState())).toEqual({ topology: "sfu" });
    await page.evaluate(() => {
      call.setMeetingSessionData({ topic: "tea", count: { cups: 1 } });
    });
    await until("the other has it", () => (shared(early) as { topic?: string } | undefined)?.topic === "tea");
    early.call.setMeetingSessionData({ count: { pots: 2 } }, "shallow-merge");
    const merged = { topic: "tea", count: { pots: 2 } };
    await until("the page has it", async () =>
      page.evaluate(() => JSON.stringify(call.meetingSessionState().data ?? {}).includes("pots")),
    );
    await using late = await RawDaily.join(url, { userName: "Late" });
    await until("the latecomer has it", () => "topic" in Object(shared(late)));
    expect([shared(early), shared(late), emulator.room(roomName)?.sessionData]).toEqual([merged, merged, merged]);
    // Each is small enough for daily-js, both together are not for a room.
    await page.evaluate(() => {
      for (const name of ["one", "two"]) call.setMeetingSessionData({ [name]: "x".repeat(60_000) }, "shallow-merge");
    });
    expect(await eventNamed("nonfatal-error")).toMatchObject({ type: "meeting-session-data-error" });
    await until("the other has what fits", () => "one" in Object(shared(early)));
    expect(Object.keys(shared(early) as object)).toEqual(["topic", "count", "one"]);
  });

  it("starts and stops a recording that everyone sees, in a room that permits it", async () => {
    newRoom({ enableRecording: true });
    await using early = await RawDaily.join(url, { userName: "Early" });
    const seen: object[] = [];
    for (const name of ["recording-started", "recording-stopped"] as const)
      early.call.on(name, ({ callClientId: _, ...event }) => seen.push(event));
    const id = await join();
    // As Tavus' example page calls it: without "type", and with a member that daily-js does not know.
    await page.evaluate(() => {
      call.startRecording({ recordingType: "cloud" } as object);
    });
    const started = await eventNamed("recording-started");
    expect(started).toMatchObject({ type: "cloud", startedBy: id, layout: { preset: "default" }, local: true });
    expect(started.recordingId).toMatch(SESSION_ID);
    const { recordingId, instanceId, layout } = started;
    await until("the other sees it", () => seen.length === 1);
    expect(seen[0]).toEqual({
      ...{ action: "recording-started", type: "cloud", startedBy: id },
      ...{ recordingId, instanceId, layout },
    });
    await page.evaluate(() => {
      call.startRecording();
    });
    expect(await eventNamed("recording-error")).toMatchObject({ errorMsg: "This recording runs already." });
    await using late = await RawDaily.join(url, { userName: "Late" });
    expect(emulator.room(roomName)?.recordings()).toMatchObject([{ recordingId, startedBy: id }]);
    late.call.stopRecording();
    expect(await eventNamed("recording-stopped")).toMatchObject({ instanceId });
    await until("the other sees that, too", () => seen.length === 2);
    expect(emulator.room(roomName)?.recordings()).toEqual([]);
  });

  it("cannot record in a room that does not permit it, nor on its own disk", async () => {
    await join();
    await page.evaluate(() => {
      call.startRecording();
    });
    expect((await eventNamed("recording-error")).errorMsg).toContain("enable_recording");
    await page.evaluate(() => {
      call.startRecording({ type: "local" });
    });
    expect((await eventNamed("recording-error", 2)).errorMsg).toContain("local");
  });

  describe("in an iframe that createFrame made", () => {
    /** Replaces the call object by a frame; its events are recorded like those of a call object. */
    async function frame(): Promise<void> {
      await page.evaluate(async () => {
        await call.destroy();
        const framed = Daily.createFrame(document.body, { showLeaveButton: true });
        events.length = 0;
        for (const name of ["joined-meeting", "left-meeting", "error", "app-message", "recording-started"] as const)
          framed.on(name, (event: object) => void events.push(event as Event));
        Object.assign(globalThis, { call: framed });
      });
    }

    it("joins, shows everyone on the inner page, and follows the outer daily-js", async () => {
      newRoom({ enableRecording: true });
      const native = await calls.join(url, "Native", { subscribeAutomatically: true });
      await frame();
      const names = await page.evaluate(async (roomUrl) => {
        await call.join({ url: roomUrl, userName: "Framed" });
        return Object.values(call.participants()).map(({ user_name: name }) => name);
      }, url);
      expect(names).toContain("Framed");
      const { sessionId } = await native.sees("Framed");
      await native.seesThat(
        sessionId,
        "both devices play",
        ({ microphone, camera }) => microphone.state === "playable" && camera.state === "playable",
      );
      const inside = page.frameLocator("iframe");
      await inside.locator("figure").filter({ hasText: "Native" }).waitFor();
      await until("the one outside sees the other", () =>
        page.evaluate(() => Object.values(call.participants()).some(({ user_name: name }) => name === "Native")),
      );
      await page.evaluate(() => {
        call.setLocalAudio(false);
        call.sendAppMessage({ from: "outside" });
      });
      await native.seesThat(sessionId, "it is muted", ({ microphone }) => microphone.state === "off");
      await until("the message arrives", () => native.messages.length === 1);
      await native.call.sendAppMessage({ from: "native" });
      expect(await eventNamed("app-message")).toMatchObject({ data: { from: "native" } });
      expect((await page.evaluate(() => call.getNetworkStats())).networkState).toBe("good");
      await page.evaluate(() => {
        call.startRecording();
      });
      await eventNamed("recording-started");
      await page.evaluate(() => call.leave());
      await until("it has left", () => native.left.length === 1);
      await eventNamed("left-meeting");
      await page.evaluate(async (roomUrl) => {
        await call.join({ url: roomUrl, userName: "Back" });
      }, url);
      await native.sees("Back");
      await page.evaluate(() => call.destroy());
      await until("it is gone", () => native.left.length === 2);
    });

    it("reports at once why it cannot join", async () => {
      newRoom({ isPrivate: true });
      await frame();
      const refused = await page.evaluate(async (roomUrl) => {
        try {
          await call.join({ url: roomUrl });
          return undefined;
        } catch (thrown) {
          return (thrown as { error?: { type?: string } }).error?.type;
        }
      }, url);
      expect(refused).toBe("not-allowed");
      await frame();
      const token = emulator.room(roomName)?.issueToken() ?? "";
      await page.evaluate((options) => call.join(options).then(() => undefined), { url, token });
      await eventNamed("joined-meeting");
    });
  });

  it("rejects unsupported requests with a clear error, and never hangs", async () => {
    await join();
    const settled = await page.evaluate(async () => {
      const outcome = (work: Promise<unknown>): Promise<string> =>
        Promise.race([
          work.then(
            (value) => `resolved ${JSON.stringify(value)}`,
            (thrown: unknown) => `rejected ${JSON.stringify(thrown)} ${String(thrown)}`,
          ),
          new Promise<string>((resolve) => setTimeout(() => resolve("hung"), 2000)),
        ]);
      return Promise.all([
        outcome(call.startDialOut({ phoneNumber: "+15551234567" })),
        outcome(call.startRemoteMediaPlayer({ url: "https://example.com/a.mp4" })),
        outcome(call.setNetworkTopology({ topology: "peer" })),
        outcome(call.testWebsocketConnectivity()),
      ]);
    });
    for (const outcome of settled.slice(0, 4)) expect(outcome).toMatch(/^rejected.*The local room does not support/);
    expect(settled).not.toContain("hung");
    // These calls return no answer; an event reports the outcome.
    await page.evaluate(() => {
      call.startTranscription();
      call.startLiveStreaming({ rtmpUrl: "rtmp://example.com/a" });
    });
    const { errorMsg: aboutStreaming } = await eventNamed("nonfatal-error");
    expect(aboutStreaming).toContain("The local room does not support");
    const { errorMsg: aboutTranscription } = await eventNamed("transcription-error");
    expect(aboutTranscription).toContain("The local room does not transcribe");
    expect(await page.evaluate(() => call.meetingState())).toBe("joined-meeting");
  });

  it("leaves, rejoins as the same object under a new id, and is gone when destroyed or when its page closes", async () => {
    const native = await calls.join(url, "Native");
    const first = await join();
    await native.sees("Page");
    await page.evaluate(() => call.leave());
    await until("it has left", () => native.left.length === 1, 1000);
    const second = await join();
    expect(second).not.toBe(first);
    await page.evaluate(() => call.destroy());
    await until("it is gone", () => native.left.length === 2, 1000);
    await page.evaluate(
      async ([roomUrl, bundlePathOverride]) => {
        const made = Daily.createCallObject({ dailyConfig: { bundlePathOverride } as object });
        await made.join({ url: roomUrl ?? "", userName: "Page", audioSource: false, videoSource: false });
      },
      [url, `${emulator.url}/_daily`],
    );
    await native.sees("Page");
    await page.close();
    await until("it is gone with its page", () => native.left.length === 3, 1000);
  });
});
