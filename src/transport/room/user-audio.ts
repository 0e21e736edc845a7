import { UserAudioRawFrame } from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { MICROPHONE, type AudioCapture, type CapturedAudio, type DailyCall } from "../daily/daily-call.ts";

const LOWEST_RATE = 8000;
const HIGHEST_RATE = 48_000;

/** Which audio track of a participant to capture, and how. */
export interface ParticipantAudioOptions {
  /** "microphone", "screenAudio" or the name of a custom track. Default "microphone". */
  readonly source?: string;
  /** Hz, from 8000 to 48000. Default: `params.audioInSampleRate`, else the task's. */
  readonly sampleRate?: number;
}

export interface UserAudioHost {
  /** Throws a DailyCallError outside of a call. */
  call(): DailyCall;
  logger(): Logger;
  /** Hz. */
  sampleRate(): number;
  isClient(sessionId: string): boolean;
  push(frame: UserAudioRawFrame): void;
}

/** One captured track. */
interface TrackCapture {
  readonly sessionId: string;
  readonly userId: string;
  readonly source: string;
  /** Undefined while it is being opened. */
  capture: AudioCapture | undefined;
}

/** The audio tracks of users that are captured for the pipeline. */
export class UserAudio {
  readonly #host: UserAudioHost;
  /** By session id and source. */
  readonly #captures = new Map<string, TrackCapture>();

  constructor(host: UserAudioHost) {
    this.#host = host;
  }

  isCaptured(sessionId: string, source: string = MICROPHONE): boolean {
    return this.#captures.has(toKey({ sessionId, source }));
  }

  /**
   * Captures a track of a user; an earlier capture of the same track ends.
   *
   * @throws InvalidOptionError for a wrong rate, and for the pal; DailyCallError outside of a call, or for a participant
   * that is not in the room.
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
      throw new InvalidOptionError("participant", "must be a user: the pal's audio never reaches the pipeline.");

    const userId = participant?.userId ?? sessionId;
    const track: TrackCapture = { sessionId, userId, source, capture: undefined };
    const key = toKey(track);
    const before = this.#captures.get(key);
    this.#captures.set(key, track);
    try {
      const onAudio = (audio: CapturedAudio): void => this.#received(track, audio);
      track.capture = await call.captureAudio(sessionId, source, { sampleRate }, onAudio);
    } catch (thrown) {
      // The earlier capture stays as it was.
      if (this.#captures.get(key) !== track) this.#close(before);
      else if (before) this.#captures.set(key, before);
      else this.#captures.delete(key);
      throw thrown;
    }
    this.#host.logger().debug("Audio capture opened.", { sessionId, track: source, sampleRate });
    // After the new one is open, so that the track stays subscribed.
    this.#close(before);
    if (this.#captures.get(key) !== track) this.#close(track);
    return { sessionId, trackName: source, close: () => this.#end(track) };
  }

  /** Ends all captures of a participant. */
  end(sessionId: string): void {
    for (const track of [...this.#captures.values()]) if (track.sessionId === sessionId) this.#end(track);
  }

  /** Ends all captures. Idempotent. */
  close(): void {
    for (const track of [...this.#captures.values()]) this.#end(track);
  }

  #received(track: TrackCapture, { sessionId, trackName, pcm, sampleRate }: CapturedAudio): void {
    // The last check that the pal's audio stays out: whatever a runtime delivers, only a user's is pushed.
    if (this.#captures.get(toKey(track)) !== track || !this.#host.isClient(sessionId)) return;
    const frame = new UserAudioRawFrame({ audio: pcm, sampleRate, userId: track.userId });
    frame.transportSource = trackName;
    this.#host.push(frame);
  }

  #end(track: TrackCapture): void {
    const key = toKey(track);
    if (this.#captures.get(key) === track) this.#captures.delete(key);
    this.#close(track);
  }

  #close(track: TrackCapture | undefined): void {
    if (!track?.capture) return;
    const { sessionId, source, capture } = track;
    track.capture = undefined;
    capture.close();
    this.#host.logger().debug("Audio capture closed.", { sessionId, track: source });
  }
}

function toKey({ sessionId, source }: Pick<TrackCapture, "sessionId" | "source">): string {
  return `${sessionId}/${source}`;
}
