import { measurePeak } from "../../audio/index.ts";
import type { AudioData } from "../../util/audio-data.ts";
import type { RtcAudioSink, Wrtc } from "../../util/wrtc.ts";
import { SPEECH_PEAK } from "./pal-voice.ts";

/** Deaf for no longer than this, whatever arrives. */
const MUTE_AT_MOST_MS = 1000;
const BLOCK_MS = 10;

/**
 * Listens to the bot's custom track `stream`. An interruption message overtakes the audio by all that codec and jitter
 * buffer hold; the rest of the old utterance that still arrives must not be spoken, so the listener stays deaf until the
 * track has been silent for a while. It has to be longer than the audio's way through the room: else the silence before
 * an utterance that had just begun to be sent is taken for the one after it.
 */
export class StreamListener {
  readonly #sink: RtcAudioSink;
  readonly #silenceMs: number;
  #mutedForMs = -1;
  #silentForMs = 0;

  /** `silenceMs`: how much silence ends the deafness after an interruption. */
  constructor(
    wrtc: Wrtc,
    track: MediaStreamTrack,
    silenceMs: number,
    onHeard: (data: AudioData, peak: number, muted: boolean) => void,
  ) {
    this.#silenceMs = silenceMs;
    this.#sink = new wrtc.nonstandard.RTCAudioSink(track);
    this.#sink.ondata = (data) => {
      const peak = measurePeak(data.samples);
      onHeard(data, peak, this.#isMuted(peak));
    };
  }

  /** Ignores the track until the old utterance has run out. */
  muteOldSpeech(): void {
    this.#mutedForMs = 0;
    this.#silentForMs = 0;
  }

  close(): void {
    this.#sink.ondata = null;
    this.#sink.stop();
  }

  #isMuted(peak: number): boolean {
    if (this.#mutedForMs < 0) return false;
    this.#mutedForMs += BLOCK_MS;
    this.#silentForMs = peak > SPEECH_PEAK ? 0 : this.#silentForMs + BLOCK_MS;
    if (this.#silentForMs >= this.#silenceMs || this.#mutedForMs >= MUTE_AT_MOST_MS) this.#mutedForMs = -1;
    return true;
  }
}
