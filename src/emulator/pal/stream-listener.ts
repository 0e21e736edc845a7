import { measurePeak } from "../../audio/index.ts";
import type { AudioData } from "../../util/audio-data.ts";
import type { RtcAudioSink, Wrtc } from "../../util/wrtc.ts";
import { SPEECH_PEAK } from "./pal-voice.ts";

/** Upper bound for ignoring the track after an interruption. */
const MUTE_AT_MOST_MS = 1000;
const BLOCK_MS = 10;

/**
 * Listens to the bot's custom track `stream`. An interruption message overtakes the audio by all that codec and jitter
 * buffer hold; the rest of the old utterance that still arrives must not be spoken, so the listener stays deaf until the
 * track has been silent for a while. This has to exceed the audio's transit time through the room, or the silence before
 * an utterance that had just started would be mistaken for the one after it.
 */
export class StreamListener {
  readonly #sink: RtcAudioSink;
  readonly #silenceMs: number;
  #mutedForMs = -1;
  #silentForMs = 0;

  /** `silenceMs`: the silence after an interruption until the track is heard again. */
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

  /** Ignores the track until the old utterance has drained. */
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
