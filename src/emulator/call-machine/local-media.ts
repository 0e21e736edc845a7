import { asError } from "../../util/errors.ts";
import type { LocalTrack } from "../room/outgoing-link.ts";
import { CUSTOM_TRACK_SENTINEL, type SharedTracks } from "./daily-globals.ts";
import { type BlockReason, blockReason, type DeviceFailure, type DeviceKind } from "./device-errors.ts";

type Device =
  | { readonly is: "none" }
  /** The browser is asking the user, or starting the device. */
  | { readonly is: "opening" }
  | { readonly is: "blocked"; readonly by: BlockReason | undefined }
  /** Created by the application, which also stops it. */
  | { readonly is: "given"; readonly track: MediaStreamTrack }
  /** Opened by us with these constraints. */
  | { readonly is: "opened"; readonly track: MediaStreamTrack; readonly constraints: string };

/** State of a microphone or camera without a track. */
export type Pending = "opening" | BlockReason;

const CAM_TAG = { audio: "cam-audio", video: "cam-video" } as const;
const NONE: Device = { is: "none" };

/** The local participant's microphone, camera, screen and custom tracks. */
export class LocalMedia {
  readonly #shared: SharedTracks;
  readonly #onChange: (tag: string, local: LocalTrack | undefined) => void;
  readonly #devices: Record<DeviceKind, Device> = { audio: NONE, video: NONE };
  readonly #allowed: Record<DeviceKind, boolean> = { audio: true, video: true };
  readonly #on: Record<DeviceKind, boolean> = { audio: true, video: true };
  /** The device or constraints to open when it is switched on. */
  readonly #settings: Record<DeviceKind, unknown> = { audio: undefined, video: undefined };
  /** Counts requests for a device, so that answers to older ones are ignored. */
  readonly #requests: Record<DeviceKind, number> = { audio: 0, video: 0 };
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

  /** Whether a microphone or camera is open. */
  get hasDevice(): boolean {
    return this.#track("audio") !== undefined || this.#track("video") !== undefined;
  }

  camStream(): MediaStream {
    const tracks = [this.#track("audio"), this.#track("video")].filter((track) => track !== undefined);
    return new MediaStream(tracks);
  }

  /** Everything published now, by tag. */
  published(): Map<string, LocalTrack> {
    const tracks = new Map<string, LocalTrack>();
    for (const kind of ["audio", "video"] as const) {
      const local = this.#cam(kind);
      if (local) tracks.set(CAM_TAG[kind], local);
    }
    for (const track of this.#screen?.getTracks() ?? [])
      tracks.set(track.kind === "audio" ? "screen-audio" : "screen-video", { track, on: true });
    for (const [name, track] of this.#custom) tracks.set(name, { track, on: true });
    return tracks;
  }

  /** Microphone and camera that are wanted but unavailable, by tag. */
  pending(): Map<string, Pending> {
    const pending = new Map<string, Pending>();
    for (const kind of ["audio", "video"] as const) {
      const device = this.#devices[kind];
      if (!this.#on[kind]) continue;
      if (device.is === "opening") pending.set(CAM_TAG[kind], "opening");
      if (device.is === "blocked" && device.by !== undefined) pending.set(CAM_TAG[kind], device.by);
    }
    return pending;
  }

  /**
   * Sets microphone or camera as daily-js requests: the sentinel (a track of the application), or a device id or
   * constraints (a real device). A device in use is kept, so that startCamera and join do not open it twice. A
   * device that is switched off is not opened (no prompt, no light) until it is switched on. Returns the reason of a failure.
   */
  async open(kind: DeviceKind, settings: unknown): Promise<DeviceFailure | undefined> {
    if (!this.#allowed[kind]) return undefined;
    const wanted = settings as { customTrack?: unknown } | undefined;
    if (wanted?.customTrack === CUSTOM_TRACK_SENTINEL || settings === CUSTOM_TRACK_SENTINEL) {
      const track = kind === "audio" ? this.#shared.audioTrack : this.#shared.videoTrack;
      if (track) this.#setDevice(kind, { is: "given", track });
      return undefined;
    }
    if (settings !== undefined) this.#settings[kind] = settings;
    return this.#on[kind] ? await this.#openDevice(kind, settings) : undefined;
  }

  /** Switches a device on or off. Returns whether it has to be opened first. */
  setOn(kind: DeviceKind, on: boolean): { readonly needsDevice: boolean } {
    this.#on[kind] = on;
    this.#report(kind);
    const { is } = this.#devices[kind];
    return { needsDevice: on && this.#allowed[kind] && (is === "none" || is === "blocked") };
  }

  /** Opens the device last requested, after {@link setOn}. */
  async openWanted(kind: DeviceKind): Promise<DeviceFailure | undefined> {
    return await this.open(kind, this.#settings[kind]);
  }

  isOn(kind: DeviceKind): boolean {
    return this.#on[kind];
  }

  /** `false` releases the device, as `setInputDevicesAsync({ audioSource: false })` asks. */
  allow(kind: DeviceKind, allowed: boolean): void {
    this.#allowed[kind] = allowed;
    if (!allowed) this.#setDevice(kind, NONE);
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

  /** Generates a name for an unnamed custom track, as Daily does. */
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

  /** Ends the tracks of devices at the end of the call. Tracks of the application stay alive. */
  release(): void {
    this.#custom.clear();
    this.#screen = undefined;
    for (const kind of ["audio", "video"] as const) {
      this.#setDevice(kind, NONE, false);
      this.#allowed[kind] = true;
      this.#on[kind] = true;
      this.#settings[kind] = undefined;
    }
  }

  async #openDevice(kind: DeviceKind, settings: unknown): Promise<DeviceFailure | undefined> {
    const before = this.#devices[kind];
    const constraints = toConstraints(settings);
    const key = JSON.stringify(constraints);
    const isOpen = before.is === "given" || before.is === "opened";
    const isSame = before.is === "opened" && before.constraints === key;
    if (isOpen && (constraints === true || isSame)) return undefined;
    if (!isOpen) this.#setDevice(kind, { is: "opening" });
    const request = ++this.#requests[kind];
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [kind]: constraints });
      const [track] = stream.getTracks();
      if (request !== this.#requests[kind]) track?.stop();
      else this.#setDevice(kind, track ? { is: "opened", track, constraints: key } : NONE);
      return undefined;
    } catch (thrown) {
      if (request !== this.#requests[kind]) return undefined;
      const error = asError(thrown);
      this.#setDevice(kind, { is: "blocked", by: blockReason(error) });
      return { kind, error };
    }
  }

  #track(kind: DeviceKind): MediaStreamTrack | undefined {
    const device = this.#devices[kind];
    return device.is === "given" || device.is === "opened" ? device.track : undefined;
  }

  #cam(kind: DeviceKind): LocalTrack | undefined {
    const track = this.#track(kind);
    return track && { track, on: this.#on[kind] };
  }

  #setDevice(kind: DeviceKind, device: Device, report = true): void {
    const before = this.#devices[kind];
    if (before.is === "opened" && before.track !== (device as { track?: unknown }).track) before.track.stop();
    this.#devices[kind] = device;
    // A device that is still being opened is no longer wanted.
    this.#requests[kind]++;
    if (report) this.#report(kind);
  }

  #report(kind: DeviceKind): void {
    this.#onChange(CAM_TAG[kind], this.#cam(kind));
  }
}

/** daily-js names a device by its id, or gives constraints. */
function toConstraints(settings: unknown): MediaTrackConstraints | true {
  if (typeof settings === "string") return { deviceId: { exact: settings } };
  if (typeof settings !== "object" || settings === null || Object.keys(settings).length === 0) return true;
  const { deviceId, ...rest } = settings as MediaTrackConstraints;
  if (deviceId === undefined) return rest;
  return { ...rest, deviceId: typeof deviceId === "string" ? { exact: deviceId } : deviceId };
}
