import type { DailyCall, DailyCallFactory, DailyParticipant } from "@daily-co/daily-js";

import { element } from "./dom.ts";
import { EmbeddedRoom, embedder } from "./embedded-room.ts";

// The page behind a room's URL, for people: joins through daily-js with microphone and camera, shows everyone, and logs
// the app messages. Whatever comes from other participants is put on the page as text, never as markup.

declare const Daily: DailyCallFactory;

const LOG_LINES_AT_MOST = 200;

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
  body { margin: 0; } main { max-width: 1000px; margin: 0 auto; padding: 1rem; }
  header { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
  h1 { font-size: 1.1rem; margin: 0; margin-right: auto; }
  button, input { font: inherit; padding: .35rem .7rem; }
  .tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: .8rem; margin: 1rem 0; }
  figure { margin: 0; background: #8882; border-radius: 8px; overflow: hidden; }
  video { width: 100%; aspect-ratio: 4 / 3; display: block; background: #222; object-fit: cover; }
  figcaption { padding: .4rem .6rem; display: flex; justify-content: space-between; gap: .5rem; }
  figcaption span { overflow-wrap: anywhere; } figcaption span + span { flex: none; opacity: .7; }
  h2 { font-size: 1rem; }
  .log { font: 12px/1.5 ui-monospace, monospace; background: #8882; border-radius: 8px; padding: .6rem; height: 16rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

/** One participant's pictures and sound: the camera, and below it the screen and custom tracks. */
class Tile {
  readonly figure = element("figure");
  readonly #video = videoElement();
  readonly #others = element("div");
  readonly #otherVideos = new Map<string, HTMLVideoElement>();
  readonly #audio = element("audio");
  readonly #name = element("span");
  readonly #state = element("span");

  constructor() {
    this.#audio.autoplay = true;
    const caption = element("figcaption");
    caption.append(this.#name, this.#state);
    this.figure.append(this.#video, this.#others, this.#audio, caption);
  }

  show(participant: DailyParticipant): void {
    const { audio, video } = participant.tracks;
    this.#name.textContent = `${participant.user_name || "(no name)"}${participant.local ? " (you)" : ""}`;
    this.#state.textContent = audio.state === "playable" ? "mic on" : "mic off";
    play(this.#video, video.state === "playable" ? video.persistentTrack : undefined);
    this.#showOthers(participant);
    if (!participant.local) play(this.#audio, audio.state === "playable" ? audio.persistentTrack : undefined);
  }

  /** Whatever else is shown: a screen, and custom video tracks by their names. */
  #showOthers({ tracks }: DailyParticipant): void {
    const shown = Object.entries(tracks).filter(
      ([name, track]) => name !== "video" && track?.state === "playable" && track.persistentTrack?.kind === "video",
    );
    for (const [name, video] of this.#otherVideos) {
      if (shown.some(([other]) => other === name)) continue;
      video.remove();
      this.#otherVideos.delete(name);
    }
    for (const [name, track] of shown) {
      const video = this.#otherVideos.get(name) ?? videoElement();
      video.title = name;
      this.#otherVideos.set(name, video);
      this.#others.append(video);
      play(video, track?.persistentTrack);
    }
  }
}

function videoElement(): HTMLVideoElement {
  const video = element("video");
  video.autoplay = true;
  video.playsInline = true;
  video.muted = true;
  return video;
}

function play(media: HTMLMediaElement, track: MediaStreamTrack | undefined): void {
  const playing = (media.srcObject as MediaStream | null)?.getTracks()[0];
  if (playing !== track) media.srcObject = track ? new MediaStream([track]) : null;
}

class RoomPage {
  readonly #main = document.getElementById("room") ?? document.body;
  readonly #tiles = new Map<string, Tile>();
  readonly #grid = element("div");
  readonly #log = element("div");
  readonly #name = element("input");
  readonly #join = element("button", "Join");
  readonly #mute = element("button", "Mute");
  readonly #camera = element("button", "Stop camera");
  readonly #leave = element("button", "Leave");
  readonly #status = element("span", "not joined");
  #call: DailyCall | undefined;

  constructor() {
    document.head.append(element("style", STYLE));
    const header = element("header");
    this.#grid.className = "tiles";
    this.#log.className = "log";
    this.#status.setAttribute("role", "status");
    this.#name.value = "Me";
    this.#name.setAttribute("aria-label", "Your name");
    const title = element("h1", `Local room ${decodeURIComponent(location.pathname.slice(1))}`);
    header.append(title, this.#status, this.#name, this.#join, this.#mute, this.#camera, this.#leave);
    this.#main.append(header, this.#grid, element("h2", "App messages"), this.#log);
    const token = new URLSearchParams(location.search).get("t");
    this.#join.onclick = () => void this.#enter({ userName: this.#name.value, ...(token !== null && { token }) });
    this.#mute.onclick = () => this.#call?.setLocalAudio(!this.#call.localAudio());
    this.#camera.onclick = () => this.#call?.setLocalVideo(!this.#call.localVideo());
    this.#leave.onclick = () => void this.#call?.leave();
    this.#buttons(false);
    const outside = embedder();
    if (outside) {
      const enter = (options: object): void => void this.#enter(options);
      this.#call = new EmbeddedRoom(outside, () => this.#create(), enter).call;
    }
  }

  async #enter(options: object): Promise<void> {
    this.#status.textContent = "joining…";
    this.#join.disabled = true;
    const call = (this.#call ??= this.#create());
    try {
      await call.join({ url: location.origin + location.pathname, ...options });
      this.#status.textContent = "joined";
      this.#buttons(true);
      this.#showAll();
    } catch (thrown) {
      const reason = (thrown as { errorMsg?: string }).errorMsg ?? String(thrown);
      this.#over(`could not join: ${reason}`);
    }
  }

  #create(): DailyCall {
    const dailyConfig = { bundlePathOverride: `${location.origin}/_daily` } as object;
    const call = Daily.createCallObject({ dailyConfig });
    for (const event of ["participant-joined", "participant-updated", "participant-left"] as const) {
      call.on(event, () => {
        this.#showAll();
      });
    }
    call.on("app-message", ({ data, fromId }) => {
      const sender = call.participants()[fromId]?.user_name ?? fromId;
      this.#write(`${sender}: ${JSON.stringify(data)}`);
    });
    call.on("camera-error", ({ errorMsg }) => {
      this.#write(`No microphone or camera: ${errorMsg.errorMsg}`);
    });
    call.on("error", ({ errorMsg }) => {
      // A failed join reports itself.
      if (this.#mute.disabled) return;
      this.#over(`left: ${errorMsg}`);
    });
    call.on("left-meeting", () => {
      // It also follows an error, whose message must stay readable.
      if (call.meetingState() !== "error") this.#over("left");
    });
    return call;
  }

  #over(status: string): void {
    this.#status.textContent = status;
    this.#buttons(false);
    this.#showAll();
  }

  #showAll(): void {
    const participants = Object.values(this.#call?.participants() ?? {});
    const present = this.#call?.meetingState() === "joined-meeting" ? participants : [];
    const ids = new Set(present.map(({ session_id: id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (ids.has(id)) continue;
      tile.figure.remove();
      this.#tiles.delete(id);
    }
    for (const participant of present) {
      let tile = this.#tiles.get(participant.session_id);
      if (!tile) {
        tile = new Tile();
        this.#tiles.set(participant.session_id, tile);
        this.#grid.append(tile.figure);
      }
      tile.show(participant);
    }
    this.#mute.textContent = this.#call?.localAudio() ? "Mute" : "Unmute";
    this.#camera.textContent = this.#call?.localVideo() ? "Stop camera" : "Start camera";
  }

  #write(line: string): void {
    this.#log.append(element("div", `${new Date().toLocaleTimeString()}  ${line}`));
    while (this.#log.childElementCount > LOG_LINES_AT_MOST) this.#log.firstElementChild?.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #buttons(joined: boolean): void {
    this.#join.disabled = joined;
    this.#name.disabled = joined;
    for (const button of [this.#mute, this.#camera, this.#leave]) button.disabled = !joined;
  }
}

new RoomPage();
