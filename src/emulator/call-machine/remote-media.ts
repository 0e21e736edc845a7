import type { StoreState } from "./daily-globals.ts";

interface RemoteTrack {
  readonly participantId: string;
  readonly type: "cam" | "screen" | (string & {});
  readonly pendingTrack: MediaStreamTrack;
  readonly starttime: string;
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
    if (!track) {
      this.#tracks.delete(key);
      return;
    }
    const starttime = new Date().toISOString();
    this.#tracks.set(key, { participantId: sessionId, type: streamType(tag), pendingTrack: track, starttime });
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
    for (const key of this.#tracks.keys()) if (key.startsWith(`${sessionId}/`)) this.#tracks.delete(key);
  }

  clear(): void {
    this.#tracks.clear();
  }

  forStore(): StoreState["streams"] {
    return Object.fromEntries(this.#tracks);
  }
}
