import { measureRms } from "../../../audio/levels.ts";
import type { Logger } from "../../../util/logger.ts";
import { nextTurn } from "../../../util/next-turn.ts";
import { toLogText } from "../../../util/url-text.ts";
import { MICROPHONE, type AudioCapture, type CapturedAudio, type DailyCall } from "../../daily/daily-call.ts";

/** Enough for loudness, in Hz. */
const RATE = 8000;
/** Half as loud as what counts as speech when it is sent: a renderer may be quieter. RMS of 16-bit samples. */
const LOUD_RMS = 100;

export interface PalEarCaptureHost {
  /** Throws a DailyCallError outside of a call. */
  call(): DailyCall;
  logger(): Logger;
  /** A block of the pal's sound. `durationMs`: how long it lasts. */
  heard(isLoud: boolean, durationMs: number): void;
}

interface Listening {
  readonly sessionId: string;
  /** Undefined while it is being opened. */
  capture: AudioCapture | undefined;
}

/**
 * Receives the pal's microphone for its loudness alone: the samples are measured and go nowhere. Where that is impossible
 * nothing is heard, which is no error.
 */
export class PalEarCapture {
  readonly #host: PalEarCaptureHost;
  #current: Listening | undefined;

  constructor(host: PalEarCaptureHost) {
    this.#host = host;
  }

  /** Listens to this session, and no other one. Does nothing for the session it listens to already. */
  listenTo(sessionId: string): void {
    if (this.#current?.sessionId === sessionId) return;
    this.close();
    const current: Listening = { sessionId, capture: undefined };
    this.#current = current;
    void this.#open(current);
  }

  /** Idempotent. */
  close(): void {
    this.#current?.capture?.close();
    this.#current = undefined;
  }

  /** Never rejects. */
  async #open(current: Listening): Promise<void> {
    const { sessionId } = current;
    // The input unsubscribes from the pal, and ends what it captured of it while it was taken for a user.
    await nextTurn();
    if (this.#current !== current) return;
    try {
      const onAudio = (audio: CapturedAudio): void => this.#received(current, audio);
      const capture = await this.#host.call().captureAudio(sessionId, MICROPHONE, { sampleRate: RATE }, onAudio);
      if (this.#current === current) current.capture = capture;
      else capture.close();
    } catch (thrown) {
      const error = toLogText(thrown);
      this.#host.logger().debug("The pal cannot be listened to; its silence goes unnoticed.", { sessionId, error });
    }
  }

  #received(current: Listening, { pcm, sampleRate }: CapturedAudio): void {
    if (this.#current !== current || pcm.length === 0) return;
    this.#host.heard(measureRms(pcm) >= LOUD_RMS, (pcm.length * 1000) / sampleRate);
  }
}
