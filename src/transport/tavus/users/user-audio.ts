import { UserAudioRawFrame } from "../../../frames/index.ts";
import { InvalidOptionError } from "../../../util/errors.ts";
import { MICROPHONE, type AudioCapture, type CapturedAudio, type DailyCall } from "../../daily/daily-call.ts";

const LOWEST_RATE = 8000;
const HIGHEST_RATE = 48_000;

export interface ParticipantAudioOptions {
  /** "microphone", "screenAudio" or the name of a custom track. Default "microphone". */
  readonly source?: string;
  /** Hz, from 8000 to 48000. Default: `params.audioInSampleRate`, else the task's. */
  readonly sampleRate?: number;
}

export interface UserAudioHost {
  /** Throws outside of a call. */
  call(): DailyCall;
  /** Hz. */
  sampleRate(): number;
  isClient(sessionId: string): boolean;
  push(frame: UserAudioRawFrame): void;
}

/** One track that is heard. */
interface Ear {
  readonly sessionId: string;
  readonly userId: string;
  readonly source: string;
  /** Undefined while it is being opened. */
  capture: AudioCapture | undefined;
}

/** What users say: the tracks that are captured for the pipeline. */
export class UserAudio {
  readonly #host: UserAudioHost;
  /** By session id and source. */
  readonly #ears = new Map<string, Ear>();

  constructor(host: UserAudioHost) {
    this.#host = host;
  }

  hears(sessionId: string, source: string = MICROPHONE): boolean {
    return this.#ears.has(toKey({ sessionId, source }));
  }

  /**
   * Captures a track of a user; an earlier capture of the same one ends with it. Rejects with an InvalidOptionError, and
   * with a DailyCallError outside of a call or for a participant that is not in the room.
   */
  async capture(
    sessionId: string,
    { source = MICROPHONE, sampleRate = this.#host.sampleRate() }: ParticipantAudioOptions = {},
  ): Promise<AudioCapture> {
    if (!Number.isInteger(sampleRate) || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw new InvalidOptionError(
        "sampleRate",
        `must be a whole number of Hz from ${LOWEST_RATE} to ${HIGHEST_RATE}.`,
      );
    }
    const call = this.#host.call();
    const participant = call.participants().get(sessionId);
    if (participant && !this.#host.isClient(sessionId))
      throw new InvalidOptionError("participant", "must be a user: what the pal says never reaches the pipeline.");

    const ear: Ear = { sessionId, userId: participant?.userId ?? sessionId, source, capture: undefined };
    const key = toKey(ear);
    const before = this.#ears.get(key);
    this.#ears.set(key, ear);
    try {
      ear.capture = await call.captureAudio(sessionId, source, { sampleRate }, (audio) => this.#heard(ear, audio));
    } catch (thrown) {
      // What could be heard before still can.
      if (this.#ears.get(key) !== ear) before?.capture?.close();
      else if (before) this.#ears.set(key, before);
      else this.#ears.delete(key);
      throw thrown;
    }
    // After the new one, so that the track stays subscribed.
    before?.capture?.close();
    if (this.#ears.get(key) !== ear) ear.capture.close();
    return { sessionId, trackName: source, close: () => this.#end(ear) };
  }

  /** Ends all captures of a participant. */
  end(sessionId: string): void {
    for (const ear of [...this.#ears.values()]) if (ear.sessionId === sessionId) this.#end(ear);
  }

  /** Ends all captures. Idempotent. */
  close(): void {
    for (const ear of [...this.#ears.values()]) this.#end(ear);
  }

  #heard(ear: Ear, { sessionId, trackName, pcm, sampleRate }: CapturedAudio): void {
    // The last word on the pal's audio: whatever a runtime delivers, only a user's goes on.
    if (this.#ears.get(toKey(ear)) !== ear || !this.#host.isClient(sessionId)) return;
    const frame = new UserAudioRawFrame({ audio: pcm, sampleRate, userId: ear.userId });
    frame.transportSource = trackName;
    this.#host.push(frame);
  }

  #end(ear: Ear): void {
    const key = toKey(ear);
    if (this.#ears.get(key) === ear) this.#ears.delete(key);
    ear.capture?.close();
  }
}

function toKey({ sessionId, source }: Pick<Ear, "sessionId" | "source">): string {
  return `${sessionId}/${source}`;
}
