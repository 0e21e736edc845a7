import type { LocalTrack } from "../room/outgoing-link.ts";
import { CUSTOM_TRACK_SENTINEL, type SharedTracks } from "./daily-globals.ts";

type Kind = "audio" | "video";

interface Device {
  /** Who made the track: we stop only what we opened ourselves. */
  readonly origin: "application" | "device";
  readonly track: MediaStreamTrack;
}

const CAM_TAG = { audio: "cam-audio", video: "cam-video" } as const;

/** What the local participant publishes: microphone, camera, screen and custom tracks. */
export class LocalMedia {
  readonly #shared: SharedTracks;
  readonly #onChange: (tag: string, local: LocalTrack | undefined) => void;
  readonly #devices: Record<Kind, Device | undefined> = { audio: undefined, video: undefined };
  readonly #allowed: Record<Kind, boolean> = { audio: true, video: true };
  readonly #on: Record<Kind, boolean> = { audio: true, video: true };
  readonly #custom = new Map<string, MediaStreamTrack>();
  #screen: MediaStream | undefined;

  constructor(shared: SharedTracks, onChange: (tag: string, local: LocalTrack | undefined) => void) {
    this.#shared = shared;
    this.#onChange = onChange;
  }

  get customTracks(): Record<string, { track: MediaStreamTrack }> {
    return Object.fromEntries([...this.#custom].map(([name, track]) => [name, { track }]));
  }

  get screenStream(): MediaStream | undefined {
    return this.#screen;
  }

  camStream(): MediaStream {
    const tracks = [this.#devices.audio?.track, this.#devices.video?.track].filter((track) => track !== undefined);
    return new MediaStream(tracks);
  }

  /** All that is published now, by tag. */
  published(): Map<string, LocalTrack> {
    const tracks = new Map<string, LocalTrack>();
    for (const kind of ["audio", "video"] as const) {
      const local = this.#cam(kind);
      if (local) tracks.set(CAM_TAG[kind], local);
    }
    for (const track of this.#screen?.getTracks() ?? []) {
      tracks.set(track.kind === "audio" ? "screen-audio" : "screen-video", { track, on: true });
    }
    for (const [name, track] of this.#custom) tracks.set(name, { track, on: true });
    return tracks;
  }

  /**
   * Takes what daily-js wants as microphone or camera: the sentinel (a track of the application's), or a device id or
   * constraints (a real device). What is in use already is kept, so that startCamera and join do not open it twice.
   */
  async open(kind: Kind, settings: unknown): Promise<void> {
    if (!this.#allowed[kind]) return;
    const wanted = settings as { customTrack?: unknown; deviceId?: unknown } | undefined;
    if (wanted?.customTrack === CUSTOM_TRACK_SENTINEL || settings === CUSTOM_TRACK_SENTINEL) {
      const track = kind === "audio" ? this.#shared.audioTrack : this.#shared.videoTrack;
      if (track) this.#setDevice(kind, { origin: "application", track });
      return;
    }
    const deviceId = typeof settings === "string" ? settings : wanted?.deviceId;
    if (this.#devices[kind] && deviceId === undefined) return;
    const constraints = typeof deviceId === "string" ? { deviceId: { exact: deviceId } } : true;
    const stream = await navigator.mediaDevices.getUserMedia({ [kind]: constraints });
    const [track] = stream.getTracks();
    if (track) this.#setDevice(kind, { origin: "device", track });
  }

  setOn(kind: Kind, on: boolean): void {
    this.#on[kind] = on;
    this.#tell(kind);
  }

  isOn(kind: Kind): boolean {
    return this.#on[kind];
  }

  /** `false` lets go of the device, as `setInputDevicesAsync({ audioSource: false })` asks. */
  allow(kind: Kind, allowed: boolean): void {
    this.#allowed[kind] = allowed;
    if (!allowed) this.#setDevice(kind, undefined);
  }

  addCustom(name: string): string | undefined {
    const track = this.#shared.customTrack;
    if (!track) return undefined;
    this.#custom.set(name, track);
    this.#onChange(name, { track, on: true });
    return name;
  }

  removeCustom(name: string): void {
    if (this.#custom.delete(name)) this.#onChange(name, undefined);
  }

  /** A name for a custom track that came without one, as Daily makes them. */
  freeCustomName(): string {
    for (let n = 0; ; n++) if (!this.#custom.has(`customAudio${n}`)) return `customAudio${n}`;
  }

  async startScreen(options: { mediaStream?: unknown } | undefined): Promise<void> {
    const given = options?.mediaStream === undefined ? undefined : this.#shared.screenMediaStream;
    const stream = given ?? (await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true }));
    this.#screen = stream;
    for (const [tag, local] of this.published()) if (tag.startsWith("screen-")) this.#onChange(tag, local);
  }

  stopScreen(): void {
    const stream = this.#screen;
    this.#screen = undefined;
    for (const track of stream?.getTracks() ?? []) {
      if (stream !== this.#shared.screenMediaStream) track.stop();
      this.#onChange(track.kind === "audio" ? "screen-audio" : "screen-video", undefined);
    }
  }

  /** The call is over. Tracks of the application stay alive, those of devices end. */
  release(): void {
    this.#custom.clear();
    this.#screen = undefined;
    for (const kind of ["audio", "video"] as const) {
      this.#setDevice(kind, undefined, false);
      this.#allowed[kind] = true;
      this.#on[kind] = true;
    }
  }

  #cam(kind: Kind): LocalTrack | undefined {
    const device = this.#devices[kind];
    return device && { track: device.track, on: this.#on[kind] };
  }

  #setDevice(kind: Kind, device: Device | undefined, tell = true): void {
    const before = this.#devices[kind];
    if (before?.origin === "device" && before.track !== device?.track) before.track.stop();
    this.#devices[kind] = device;
    if (tell) this.#tell(kind);
  }

  #tell(kind: Kind): void {
    this.#onChange(CAM_TAG[kind], this.#cam(kind));
  }
}
