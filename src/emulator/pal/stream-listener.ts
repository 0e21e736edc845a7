import { peakOf } from "../../audio/index.ts";
import type { AudioData } from "../../util/audio-data.ts";
import type { RtcAudioSink, Wrtc } from "../../util/wrtc.ts";
import { SPEECH_PEAK } from "./pal-voice.ts";

/** After an interruption, this much silence means that what is still in flight has passed… */
const SILENCE_ENDS_MUTE_MS = 40;
/** …and this much time that it must have. */
const MUTE_AT_MOST_MS = 1_000;
const BLOCK_MS = 10;

/**
 * Listens to the bot's custom track `stream`. An interruption message overtakes the audio by all that codec and jitter
 * buffer hold; the rest of the old utterance that still arrives must not be spoken, so the listener stays deaf until the
 * track falls silent.
 */
export class StreamListener {
  readonly #sink: RtcAudioSink;
  #mutedForMs = -1;
  #silentForMs = 0;

  constructor(wrtc: Wrtc, track: MediaStreamTrack, onHeard: (data: AudioData, peak: number, muted: boolean) => void) {
    this.#sink = new wrtc.nonstandard.RTCAudioSink(track);
    this.#sink.ondata = (data) => {
      const peak = peakOf(data.samples);
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
    if (this.#silentForMs >= SILENCE_ENDS_MUTE_MS || this.#mutedForMs >= MUTE_AT_MOST_MS) this.#mutedForMs = -1;
    return true;
  }
}
