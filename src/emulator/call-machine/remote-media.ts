import type { StoreState } from "./daily-globals.ts";
import { playMuted } from "./play-muted.ts";

interface RemoteTrack {
  readonly participantId: string;
  readonly type: "cam" | "screen" | (string & {});
  readonly pendingTrack: MediaStreamTrack;
  readonly starttime: string;
  /** Of a microphone: it makes the track's level known, for the active speaker. */
  readonly muted?: HTMLAudioElement | undefined;
}

function streamType(tag: string): string {
  if (tag.startsWith("cam-")) return "cam";
  return tag.startsWith("screen-") ? "screen" : tag;
}

/** The tracks that have arrived from others, in the shape in which daily-js looks them up. */
export class RemoteMedia {
  readonly #tracks = new Map<string, RemoteTrack>();
  readonly #onPlayable: (sessionId: string) => void;

  constructor(onPlayable: (sessionId: string) => void) {
    this.#onPlayable = onPlayable;
  }

  set(sessionId: string, tag: string, track: MediaStreamTrack | undefined): void {
    const key = `${sessionId}/${tag}`;
    this.#drop(key);
    if (!track) return;
    const starttime = new Date().toISOString();
    const muted = tag === "cam-audio" ? playMuted(new MediaStream([track])) : undefined;
    this.#tracks.set(key, { participantId: sessionId, type: streamType(tag), pendingTrack: track, starttime, muted });
    // In a browser a remote track is muted until its first packet; that is the natural edge from loading to playable.
    // @roamhq/wrtc never says muted: there a track is playable at once.
    if (track.muted) {
      track.addEventListener(
        "unmute",
        () => {
          this.#onPlayable(sessionId);
        },
        { once: true },
      );
    }
  }

  has(sessionId: string, tag: string): boolean {
    const track = this.#tracks.get(`${sessionId}/${tag}`)?.pendingTrack;
    return track !== undefined && !track.muted;
  }

  /** The microphones that have arrived, by session id. */
  microphones(): ReadonlyMap<string, MediaStreamTrack> {
    const audible = [...this.#tracks.values()].filter((t) => t.type === "cam" && t.pendingTrack.kind === "audio");
    return new Map(audible.map((track) => [track.participantId, track.pendingTrack]));
  }

  forget(sessionId: string): void {
    for (const key of [...this.#tracks.keys()]) if (key.startsWith(`${sessionId}/`)) this.#drop(key);
  }

  clear(): void {
    for (const key of [...this.#tracks.keys()]) this.#drop(key);
  }

  forStore(): StoreState["streams"] {
    return Object.fromEntries(this.#tracks);
  }

  #drop(key: string): void {
    const player = this.#tracks.get(key)?.muted;
    if (player) player.srcObject = null;
    this.#tracks.delete(key);
  }
}
