import { asError } from "../../util/errors.ts";
import type { LocalTrack } from "../room/outgoing-link.ts";
import type { PeerInfo, RecordingInfo, RoomErrorType, RoomInfo } from "../room/protocol.ts";
import { RoomClient, RoomJoinError } from "../room/room-client.ts";
import { ActiveSpeaker } from "./active-speaker.ts";
import { AudioLevels } from "./audio-levels.ts";
import type { DailyInstance, StoreState } from "./daily-globals.ts";
import { cameraErrors, type DeviceFailure, type DeviceKind } from "./device-errors.ts";
import { LocalMedia } from "./local-media.ts";
import { ModuleChannel, type ModuleMessage } from "./module-channel.ts";
import { NetworkStats } from "./network-stats.ts";
import { participantObject, type ShownTrack } from "./participants.ts";
import { RemoteMedia } from "./remote-media.ts";
import { SendSettings } from "./send-settings.ts";
import { Subscriptions } from "./subscriptions.ts";

interface MeetingProperties {
  readonly url?: string;
  readonly token?: string;
  readonly userName?: string;
  readonly userData?: unknown;
  readonly startAudioOff?: boolean;
  readonly startVideoOff?: boolean;
  readonly subscribeToTracksAutomatically?: boolean;
}

interface PreloadCache {
  readonly subscribeToTracksAutomatically?: boolean;
  readonly inputSettings?: {
    readonly audio?: { readonly settings?: unknown };
    readonly video?: { readonly settings?: unknown };
  };
  readonly allowLocalAudio?: boolean;
  readonly allowLocalVideo?: boolean;
}

interface ParticipantChange {
  readonly setSubscribedTracks?: unknown;
  readonly setAudio?: boolean;
  readonly setVideo?: boolean;
  readonly setScreenShare?: boolean;
  readonly eject?: boolean;
  readonly updatePermissions?: Readonly<Record<string, unknown>>;
}

type Handler = (request: ModuleMessage) => object | undefined | Promise<object | undefined>;

/**
 * The counterpart of daily-js in a local room, as the bundle on Daily's CDN is in a real call. It answers
 * daily-js' requests, reports participants and tracks, and moves media through a {@link RoomClient}.
 */
export class CallMachine {
  readonly #channel: ModuleChannel;
  readonly #media: LocalMedia;
  readonly #remote: RemoteMedia;
  readonly #subscriptions = new Subscriptions();
  readonly #sendSettings = new SendSettings();
  readonly #levels: AudioLevels;
  readonly #speaker: ActiveSpeaker;
  readonly #instance: DailyInstance;
  readonly #shownPeers = new Set<string>();
  #room: RoomClient | undefined;
  #stats: NetworkStats | undefined;
  #you: PeerInfo;
  #maxAppMessageSize = 4096;
  #roomName = "";
  #joined = false;
  /** Whether startCamera or a join has requested microphone and camera. */
  #usesDevices = false;
  #attempt = 0;

  constructor(callClientId: string, instance: DailyInstance) {
    this.#instance = instance;
    this.#you = this.#newLocalPeer();
    const isAlive = (): boolean => window._daily?.instances[callClientId] === instance;
    this.#channel = new ModuleChannel(callClientId, isAlive, (request) => {
      void this.#answer(request);
    });
    this.#media = new LocalMedia(instance.tracks, (tag, local) => {
      this.#localChanged(tag, local);
    });
    this.#remote = new RemoteMedia((sessionId) => {
      this.#showPeer(sessionId);
    });
    this.#levels = new AudioLevels((action, payload) => {
      this.#channel.emit(action, payload);
    });
    this.#speaker = new ActiveSpeaker(
      () => this.#microphoneLevels(),
      (peerId) => this.#channel.emit("active-speaker-change", { activeSpeaker: { peerId } }),
    );
    instance.callMachine = {
      store: { getState: () => this.#state() },
      // daily-js calls this instead of loading us again, for a join after a leave or an error.
      reset: () => {
        this.#release();
      },
    };
    this.#channel.emit("loaded");
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    "transmit-log": () => undefined,
    "join-meeting": (request) => this.#join(request),
    "leave-meeting": () => {
      this.#release();
      this.#channel.emit("left-meeting");
      return undefined;
    },
    "daily-method-preauth": () => {
      this.#channel.emit("call-machine-initialized");
      return { access: { level: "full" } };
    },
    "start-camera": async (request) => {
      this.#channel.emit("call-machine-initialized");
      await this.#startDevices(request);
      this.#showLocal();
      return this.#devices();
    },
    "lib-room-info": () => ({
      id: this.#roomName,
      name: this.#roomName,
      config: {},
      domainConfig: { max_app_message_size: this.#maxAppMessageSize },
      tokenConfig: {},
    }),
    "app-msg": ({ data, to }) => {
      this.#room?.sendAppMessage(data, to === undefined || to === "*" ? "*" : ([to].flat() as string[]));
      return undefined;
    },
    "local-audio": async ({ state }) => {
      await this.#switch("audio", state === true);
      return undefined;
    },
    "local-video": async ({ state }) => {
      await this.#switch("video", state === true);
      return undefined;
    },
    "set-allow-local-audio": ({ state }) => {
      this.#media.allow("audio", state === true);
      return undefined;
    },
    "set-allow-local-video": ({ state }) => {
      this.#media.allow("video", state === true);
      return undefined;
    },
    "set-input-devices": async ({ audioDeviceId, videoDeviceId }) => {
      await this.#choose({ audio: audioDeviceId, video: videoDeviceId });
      return this.#devices();
    },
    "get-input-devices": () => this.#devices(),
    "set-output-device": () => this.#devices(),
    "update-input-settings": async ({ inputSettings }) => {
      const settings = (inputSettings ?? {}) as NonNullable<PreloadCache["inputSettings"]>;
      await this.#choose({ audio: settings.audio?.settings, video: settings.video?.settings });
      this.#channel.emit("input-settings-updated", { inputSettings: settings });
      return { inputSettings: settings };
    },
    "start-custom-track": ({ properties }) => {
      const { trackName } = (properties ?? {}) as { trackName?: string };
      const mediaTag = this.#media.addCustom(trackName ?? this.#media.freeCustomName());
      return mediaTag === undefined ? { error: "No track was handed over for the custom track." } : { mediaTag };
    },
    "stop-custom-track": ({ mediaTag }) => {
      this.#media.removeCustom(mediaTag as string);
      return { mediaTag };
    },
    "local-screen-start": async ({ captureOptions }) => {
      try {
        await this.#media.startScreen(captureOptions as { mediaStream?: unknown } | undefined);
        this.#channel.emit("local-screen-share-started");
      } catch {
        this.#channel.emit("local-screen-share-canceled");
      }
      return undefined;
    },
    "local-screen-stop": () => {
      this.#media.stopScreen();
      this.#channel.emit("local-screen-share-stopped");
      return undefined;
    },
    "update-participant": ({ id, properties }) => {
      this.#changeParticipant(id as string, properties as ParticipantChange);
      return undefined;
    },
    "update-participants": ({ participants }) => {
      for (const [id, change] of Object.entries(participants as Record<string, ParticipantChange>))
        this.#changeParticipant(id, change);
      return undefined;
    },
    "daily-method-subscribe-to-tracks-automatically": ({ enabled }) => {
      this.#subscriptions.setAutomatic(enabled === true);
      for (const id of this.#room?.peers.keys() ?? []) this.#applySubscription(id);
      return undefined;
    },
    "set-user-name": ({ name }) => {
      this.#updateYou({ userName: String(name) });
      return { userName: name };
    },
    "set-user-data": ({ userData }) => {
      this.#updateYou({ userData });
      return { userData };
    },
    "set-session-data": ({ data, mergeStrategy }) => {
      this.#room?.setSessionData(data, mergeStrategy === "shallow-merge");
      return undefined;
    },
    "local-recording-start": ({ type, layout, instanceId }) => {
      this.#room?.startRecording({ recordingType: type, layout, instanceId });
      return undefined;
    },
    "local-recording-stop": ({ instanceId }) => {
      this.#room?.stopRecording(instanceId as string | undefined);
      return undefined;
    },
    "get-calc-stats": async () => ({ stats: (await this.#stats?.read()) ?? { latest: {} } }),
    // CPU load is not measured.
    "get-cpu-load-stats": () => ({
      cpuStats: { cpuLoadState: "low", cpuLoadStateReason: "none", stats: { latest: {} } },
    }),
    "get-network-topology": () => ({ topology: "sfu" }),
    "get-meeting-session": () => ({ meetingSession: { id: this.#roomName } }),
    "get-daily-lang": () => ({ lang: "en", langSetting: "en" }),
    // Everything has one layer.
    "update-receive-settings": ({ receiveSettings }) => {
      this.#channel.emit("receive-settings-updated", { receiveSettings: receiveSettings ?? {} });
      return { receiveSettings: receiveSettings ?? {} };
    },
    "update-send-settings": ({ sendSettings }) => {
      this.#sendSettings.update(sendSettings);
      this.#limitBitrates();
      this.#channel.emit("send-settings-updated", { sendSettings: this.#sendSettings.current });
      return { sendSettings: this.#sendSettings.current };
    },
    "daily-method-start-transcription": ({ instanceId = "transcription" }) => {
      const errorMsg = "The local room does not transcribe; use a real Daily room for it.";
      this.#channel.emit("transcription-error", { instanceId, errorMsg });
      return undefined;
    },
    "start-local-audio-level-observer": ({ interval }) =>
      this.#levels.startLocal(() => this.#media.published().get("cam-audio")?.track, interval as number | undefined),
    "stop-local-audio-level-observer": () => this.#levels.stopLocal(),
    "start-remote-participants-audio-level-observer": ({ interval }) =>
      this.#levels.startRemote(() => this.#remote.microphones(), interval as number | undefined),
    "stop-remote-participants-audio-level-observer": () => this.#levels.stopRemote(),
  };

  async #answer(request: ModuleMessage): Promise<void> {
    const handler = this.#handlers[request.action];
    if (!handler) {
      const error = `The local room does not support "${request.action}"; use a real Daily room for it.`;
      // Requests without an answer (startRecording and the like) report failure by an event.
      if (request.callbackStamp === undefined)
        this.#channel.emit("nonfatal-error", { type: "local-room", errorMsg: error });
      else this.#channel.reply(request, { error });
      return;
    }
    try {
      const answer = await handler(request);
      if (answer) this.#channel.reply(request, answer);
      else if (request.action !== "join-meeting") this.#channel.reply(request, {});
    } catch (thrown) {
      this.#channel.reply(request, { error: asError(thrown).message });
    }
  }

  /** Success is reported by `joined-meeting`, a rejection by `error`; only a join that never started gets a reply. */
  async #join(request: ModuleMessage): Promise<object | undefined> {
    const properties = request.properties as MeetingProperties;
    const cache = (request.preloadCache ?? {}) as PreloadCache;
    if (properties.url === undefined) return { error: "No room URL." };
    this.#channel.emit("call-machine-initialized");
    this.#subscriptions.setAutomatic(
      (cache.subscribeToTracksAutomatically ?? properties.subscribeToTracksAutomatically) !== false,
    );
    const attempt = ++this.#attempt;
    await this.#startDevices(request);
    // A leave may arrive at any moment of a join, and must leave no participant in the room.
    if (attempt !== this.#attempt) return undefined;
    const room = new RoomClient(window, (error) => {
      this.#channel.emit("nonfatal-error", { type: "local-room", errorMsg: error.message });
    });
    this.#listen(room);
    for (const [tag, local] of this.#media.published()) room.publish(tag, local);
    this.#room = room;
    this.#sendSettings.update((request.preloadCache as { sendSettings?: unknown } | undefined)?.sendSettings);
    this.#limitBitrates();
    try {
      const { url, token, userName = "", userData } = properties;
      const { you, room: info } = await room.join({ url, token, userName, userData, sessionId: this.#you.sessionId });
      this.#you = you;
      this.#joined = true;
      // The application's own choice takes precedence over the room's.
      if (info.startAudioOff && properties.startAudioOff === undefined) this.#media.setOn("audio", false);
      if (info.startVideoOff && properties.startVideoOff === undefined) this.#media.setOn("video", false);
      this.#roomName = info.name;
      this.#maxAppMessageSize = info.maxAppMessageSize;
      this.#stats = new NetworkStats(() => room.connections());
      this.#announceJoin(info);
      this.#speaker.start();
    } catch (thrown) {
      const error =
        thrown instanceof RoomJoinError ? thrown : new RoomJoinError("connection-error", asError(thrown).message);
      if (attempt === this.#attempt) this.#fail(error.type, error.message);
    }
    return undefined;
  }

  #announceJoin({ meetingId, sessionData, recordings }: RoomInfo): void {
    const emit = this.#channel.emit.bind(this.#channel);
    emit("participant-updated", { participant: this.#localObject() });
    emit("access-state-updated", { access: { level: "full" } });
    emit("meeting-session-summary-updated", { meetingSession: { id: meetingId } });
    emit("joined-meeting", {
      participants: { local: this.#localObject() },
      internal: { _maxAppMessageSize: this.#maxAppMessageSize },
    });
    this.#showSessionData(sessionData);
    // Its last two members are deprecated, but daily-js requires them all.
    emit("network-quality-change", { state: { state: "good", reasons: [] }, threshold: "good", quality: 100 });
    for (const id of this.#room?.peers.keys() ?? []) {
      this.#applySubscription(id);
      this.#showPeer(id);
    }
    this.#count();
    for (const recording of recordings) this.#showRecording(recording);
  }

  #showSessionData(data: unknown): void {
    this.#channel.emit("meeting-session-state-updated", { meetingSessionState: { data, topology: "sfu" } });
  }

  /** As documented, `recordingId` and `layout` belong to composed recordings, `local` to the participant that started one. */
  #showRecording({ instanceId, type, recordingId, startedBy, layout }: RecordingInfo): void {
    const isComposed = type === "cloud";
    this.#channel.emit("recording-started", {
      instanceId,
      type,
      startedBy,
      ...(isComposed && { recordingId, layout }),
      ...(isComposed && startedBy === this.#you.sessionId && { local: true }),
    });
  }

  #listen(room: RoomClient): void {
    room.events
      .on("peerJoined", ({ sessionId }) => {
        this.#applySubscription(sessionId);
        this.#showPeer(sessionId);
        this.#count();
      })
      .on("youUpdated", ({ permissions }) => {
        this.#you = { ...this.#you, ...(permissions && { permissions }) };
        this.#showLocal();
      })
      .on("peerUpdated", ({ sessionId }) => {
        this.#showPeer(sessionId);
      })
      .on("peerLeft", (peer) => {
        // Participants that left during our join were never announced.
        if (this.#shownPeers.delete(peer.sessionId))
          this.#channel.emit("participant-left", { participant: this.#peerObject(peer) });
        this.#remote.forget(peer.sessionId);
        this.#subscriptions.forget(peer.sessionId);
        this.#count();
      })
      .on("track", (sessionId, tag, track) => {
        this.#remote.set(sessionId, tag, track);
        this.#showPeer(sessionId);
      })
      .on("appMessage", (data, fromId) => {
        this.#channel.emit("app-message", { data, fromId });
      })
      .on("muted", ({ audio, video }) => {
        if (audio !== undefined) this.#media.setOn("audio", audio);
        if (video !== undefined) this.#media.setOn("video", video);
      })
      .on("sessionData", (data) => {
        this.#showSessionData(data);
      })
      .on("recordingStarted", (recording) => {
        this.#showRecording(recording);
      })
      .on("recordingStopped", (instanceId) => {
        this.#channel.emit("recording-stopped", { instanceId });
      })
      .on("recordingFailed", (instanceId, errorMsg) => {
        this.#channel.emit("recording-error", { instanceId, errorMsg });
      })
      .on("rejected", (request, errorMsg) => {
        const type = request === "session-data" ? "meeting-session-data-error" : `local-room-${request}`;
        this.#channel.emit("nonfatal-error", { type, errorMsg });
      })
      .on("ended", (type, message) => {
        this.#fail(type, message);
      });
  }

  #changeParticipant(id: string, change: ParticipantChange): void {
    if (id === "local" || id === this.#you.sessionId) {
      if (change.setAudio !== undefined) this.#media.setOn("audio", change.setAudio);
      if (change.setVideo !== undefined) this.#media.setOn("video", change.setVideo);
      if (change.setScreenShare === false) this.#media.stopScreen();
      return;
    }
    if (change.setSubscribedTracks !== undefined) {
      this.#subscriptions.set(id, change.setSubscribedTracks);
      this.#applySubscription(id);
      this.#showPeer(id);
    }
    if (change.setAudio !== undefined) this.#room?.mute(id, { audio: change.setAudio });
    if (change.setVideo !== undefined) this.#room?.mute(id, { video: change.setVideo });
    if (change.eject) this.#room?.eject(id);
    if (change.updatePermissions) this.#room?.permit(id, withLists(change.updatePermissions));
  }

  #updateYou(change: { userName?: string; userData?: unknown }): void {
    this.#you = { ...this.#you, ...change };
    this.#room?.update(change);
    this.#showLocal();
  }

  async #startDevices(request: ModuleMessage): Promise<void> {
    const properties = (request.properties ?? {}) as MeetingProperties;
    const cache = (request.preloadCache ?? {}) as PreloadCache;
    if (cache.allowLocalAudio === false) this.#media.allow("audio", false);
    if (cache.allowLocalVideo === false) this.#media.allow("video", false);
    if (properties.startAudioOff !== undefined) this.#media.setOn("audio", !properties.startAudioOff);
    if (properties.startVideoOff !== undefined) this.#media.setOn("video", !properties.startVideoOff);
    this.#usesDevices = true;
    const { audio, video } = cache.inputSettings ?? {};
    await this.#open({ audio: audio?.settings, video: video?.settings });
    if (!this.#media.hasDevice) return;
    this.#channel.emit("selected-devices-updated", { devices: this.#devices() });
    this.#channel.emit("started-camera");
  }

  /** Daily's docs: a join with `audioSource: false` may "set the input device later"; naming a device allows it again. */
  async #choose(settings: Readonly<Record<DeviceKind, unknown>>): Promise<void> {
    const kinds = (["audio", "video"] as const).filter((kind) => settings[kind] !== undefined);
    for (const kind of kinds) this.#media.allow(kind, true);
    await this.#report(kinds.map((kind) => this.#media.open(kind, settings[kind])));
    this.#channel.emit("selected-devices-updated", { devices: this.#devices() });
  }

  async #switch(kind: DeviceKind, on: boolean): Promise<void> {
    const { needsDevice } = this.#media.setOn(kind, on);
    if (needsDevice && this.#usesDevices) await this.#report([this.#media.openWanted(kind)]);
  }

  async #open(settings: Readonly<Record<DeviceKind, unknown>>): Promise<void> {
    await this.#report([this.#media.open("audio", settings.audio), this.#media.open("video", settings.video)]);
  }

  /** Microphone and camera are optional: Daily reports what is wrong with them and continues without. */
  async #report(openings: readonly Promise<DeviceFailure | undefined>[]): Promise<void> {
    const failures = (await Promise.all(openings)).filter((failure) => failure !== undefined);
    for (const error of cameraErrors(failures)) this.#channel.emit("camera-error", error);
  }

  #microphoneLevels(): ReadonlyMap<string, number> {
    const levels = this.#room?.microphoneLevels() ?? new Map<string, number>();
    const microphone = this.#media.published().get("cam-audio");
    levels.set(this.#you.sessionId, microphone?.on ? this.#levels.local(microphone.track) : 0);
    return levels;
  }

  #devices(): object {
    const published = this.#media.published();
    const device = (tag: string): object => {
      const track = published.get(tag)?.track;
      if (!track) return {};
      // @roamhq/wrtc's tracks have no getSettings.
      const settings = "getSettings" in track ? track.getSettings() : {};
      return { deviceId: settings.deviceId ?? track.id, kind: track.kind, label: track.label };
    };
    return { camera: device("cam-video"), mic: device("cam-audio"), speaker: {} };
  }

  #localChanged(tag: string, local: LocalTrack | undefined): void {
    this.#room?.publish(tag, local);
    this.#showLocal();
  }

  #limitBitrates(): void {
    this.#room?.limitBitrates(this.#sendSettings.limit());
  }

  #applySubscription(sessionId: string): void {
    this.#room?.subscribe(sessionId, this.#subscriptions.request(sessionId));
  }

  #showLocal(): void {
    this.#channel.emit("participant-updated", { participant: this.#localObject() });
  }

  #showPeer(sessionId: string): void {
    const peer = this.#room?.peers.get(sessionId);
    if (!peer || !this.#joined) return;
    const action = this.#shownPeers.has(sessionId) ? "participant-updated" : "participant-joined";
    this.#shownPeers.add(sessionId);
    this.#channel.emit(action, { participant: this.#peerObject(peer) });
  }

  #localObject(): object {
    const shown = new Map<string, ShownTrack>();
    for (const [tag, { track, on }] of this.#media.published())
      shown.set(tag, { kind: track.kind === "video" ? "video" : "audio", on, subscribed: true, arrived: true });
    return participantObject(this.#you, true, shown, this.#media.pending());
  }

  #peerObject(peer: PeerInfo): object {
    const shown = new Map<string, ShownTrack>();
    for (const [tag, { kind, on }] of Object.entries(peer.publications)) {
      const subscribed = this.#subscriptions.level(peer.sessionId, tag);
      shown.set(tag, { kind, on, subscribed, arrived: this.#remote.has(peer.sessionId, tag) });
    }
    return participantObject(peer, false, shown);
  }

  #count(): void {
    const present = (this.#room?.peers.size ?? 0) + 1;
    this.#channel.emit("participant-counts-updated", { participantCounts: { present, hidden: 0 } });
  }

  #state(): StoreState {
    const screen = this.#media.screenStream;
    return {
      local: {
        public: { subscribedTracks: this.#subscriptions.forStore(), customTracks: this.#media.customTracks },
        streams: { cam: { stream: this.#media.camStream() }, ...(screen && { screen: { stream: screen } }) },
      },
      // "sfu" keeps daily-js from blanking tracks until a peering state that a local room does not have.
      participants: Object.fromEntries(
        [...this.#shownPeers].map((id) => [
          id,
          { public: { rtcType: { impl: "sfu" } }, private: { peeringState: "connected" } },
        ]),
      ),
      streams: this.#remote.forStore(),
    };
  }

  #fail(type: RoomErrorType, message: string): void {
    this.#release();
    // daily-js parses `details` as JSON, and throws in its own handler on anything else.
    const details = type === "connection-error" ? { details: JSON.stringify({ on: "join" }) } : {};
    this.#channel.emit("error", { errorMsg: message, error: { type, msg: message, ...details } });
    this.#channel.emit("left-meeting");
  }

  #release(): void {
    this.#attempt++;
    this.#speaker.stop();
    this.#stats = undefined;
    this.#levels.close();
    this.#joined = false;
    this.#usesDevices = false;
    this.#sendSettings.clear();
    const room = this.#room;
    this.#room = undefined;
    room?.leave();
    this.#media.release();
    this.#remote.clear();
    this.#shownPeers.clear();
    this.#you = this.#newLocalPeer();
  }

  #newLocalPeer(): PeerInfo {
    // Created here rather than by the server, so that startCamera has a local participant before any join.
    const sessionId = crypto.randomUUID();
    return { sessionId, userId: sessionId, userName: "", owner: false, joinedAtMs: Date.now(), publications: {} };
  }
}

/** Sets cannot cross a socket. */
function withLists(permissions: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(permissions).map(([name, of]) => [name, of instanceof Set ? [...(of as Set<unknown>)] : of]),
  );
}
