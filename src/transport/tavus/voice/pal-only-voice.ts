import type { Clock, TimerHandle } from "../../../util/clock.ts";
import type { Logger } from "../../../util/logger.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";

/** What a {@link PalOnlyVoice} needs. */
export interface PalOnlyVoiceOptions {
  readonly client: TavusTransportClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts with the task. */
  readonly signal: AbortSignal;
  /** Whether anyone hears the voice. Returns whether speech was cut. */
  readonly setListening: (listening: "awaited" | "heard" | "unheard") => boolean;
  readonly onReady: () => void;
  /** Speech that was cut because the pal was away is to be resumed. */
  readonly onResume: () => void;
}

/**
 * A voice that only the pal has (`fallback` "none"): speech from before the pal is in the room waits, and so does speech from
 * after it has left. On a track it also waits for the pal to connect. When the pal does not join, or return, in time, the
 * bot speaks without being heard, and nothing of that counts as said. When the pal returns, speech that was cut is resumed.
 */
export class PalOnlyVoice {
  readonly #options: PalOnlyVoiceOptions;
  /** Whether speech was cut because the pal was not there to speak it. */
  #owesSpeech = false;
  #palIs: "away" | "connecting" | "hearing" = "away";
  #connectTimer: TimerHandle;
  /** Grows with every join and leave of the pal, which invalidates older waits for it. */
  #palChanges = 0;

  constructor(options: PalOnlyVoiceOptions) {
    this.#options = options;
    options.client.events
      .on("palJoined", () => this.#palIsThere())
      // A session that turns out not to be the pal's still counts as the pal at this moment.
      .on("palLeft", () => queueMicrotask(() => this.#palHasLeft()));
  }

  /** The pipeline has started: once the pal is in the room, or is not expected any more, the bot speaks. */
  async begin(): Promise<void> {
    const { client, signal, onReady } = this.#options;
    const { palReadyTimeoutMs } = client.options.params;
    const present = await client.whenPalPresent(palReadyTimeoutMs, signal);
    if (signal.aborted || !client.holds("output")) return;
    if (!present)
      this.#giveUpOnPal("The pal has not joined; speaking anyway. Nobody hears it: check the face and the PAL.");
    client.logger.debug("Ready to speak.", { palPresent: present });
    onReady();
  }

  /** Idempotent. */
  close(): void {
    this.#options.clock.clearTimeout(this.#connectTimer);
  }

  #giveUpOnPal(message: string): void {
    const { client, logger, setListening } = this.#options;
    logger.debug(message, { waitedMs: client.options.params.palReadyTimeoutMs });
    setListening("unheard");
  }

  /** A second session of a pal that hears the bot changes nothing. */
  #palIsThere(): void {
    this.#palChanges++;
    if (this.#palIs === "hearing") return;
    const { client, setListening, onResume } = this.#options;
    const { audioDelivery, palConnectMs } = client.options.params;
    const connects = audioDelivery === "track" && palConnectMs > 0 && client.holds("output");
    this.#palIs = connects ? "connecting" : "hearing";
    if (setListening(connects ? "awaited" : "heard")) this.#owesSpeech = true;
    if (connects) this.#hearOncePalConnects(palConnectMs);
    if (!this.#owesSpeech) return;
    this.#owesSpeech = false;
    onResume();
  }

  /**
   * In the room is not yet on the track: the pal has to subscribe to it and to connect, and what leaves before that is
   * lost. No event reports that it has, so it gets a fixed time, during which silence leaves.
   */
  #hearOncePalConnects(palConnectMs: number): void {
    const { clock, setListening } = this.#options;
    clock.clearTimeout(this.#connectTimer);
    this.#connectTimer = clock.setTimeout(() => {
      this.#palIs = "hearing";
      setListening("heard");
    }, palConnectMs);
  }

  #palHasLeft(): void {
    const { client, clock, signal, setListening } = this.#options;
    if (client.pal || !client.holds("output")) return;
    this.#palIs = "away";
    clock.clearTimeout(this.#connectTimer);
    this.#palChanges++;
    const changes = this.#palChanges;
    if (setListening("awaited")) this.#owesSpeech = true;
    void client.whenPalPresent(client.options.params.palReadyTimeoutMs, signal).then((present) => {
      const stillAway = !present && changes === this.#palChanges && client.holds("output");
      if (stillAway && !signal.aborted) this.#giveUpOnPal("The pal has left and not returned; nobody hears the bot.");
    });
  }
}
