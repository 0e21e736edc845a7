import type { RemoteTrack } from "./conversation.ts";

/**
 * The picture of the pal, and all sound of the room: that of the pal and, should it fail, the bot's own. Sound has elements of its
 * own, so that a missing picture silences nothing.
 */
export class Stage {
  readonly #video: HTMLVideoElement;
  readonly #sounds: HTMLElement;
  readonly #unblock: HTMLButtonElement;
  readonly #players = new Map<MediaStreamTrack, HTMLAudioElement>();

  constructor(video: HTMLVideoElement, sounds: HTMLElement, unblock: HTMLButtonElement) {
    this.#video = video;
    this.#sounds = sounds;
    this.#unblock = unblock;
    unblock.addEventListener("click", () => {
      unblock.hidden = true;
      for (const player of this.#players.values()) this.#play(player);
    });
  }

  add({ track, isPal }: RemoteTrack): void {
    if (track.kind === "video") {
      if (isPal) this.#video.srcObject = new MediaStream([track]);
      return;
    }
    if (this.#players.has(track)) return;
    const player = document.createElement("audio");
    player.srcObject = new MediaStream([track]);
    this.#players.set(track, player);
    this.#sounds.append(player);
    this.#play(player);
  }

  remove({ track }: RemoteTrack): void {
    const shown = this.#video.srcObject as MediaStream | null;
    if (shown?.getTracks().includes(track)) this.#video.srcObject = null;
    this.#players.get(track)?.remove();
    this.#players.delete(track);
  }

  clear(): void {
    this.#video.srcObject = null;
    this.#players.clear();
    this.#sounds.replaceChildren();
    this.#unblock.hidden = true;
  }

  #play(player: HTMLAudioElement): void {
    // Refused when the browser wants another click first, as some do when a page was opened long ago.
    player.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#unblock.hidden = false;
    });
  }
}
