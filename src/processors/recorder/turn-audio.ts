/** Audio of one turn of the user or the bot. */
export interface RecordedTurn {
  /** Mono signed 16-bit PCM. */
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Start of the turn, in milliseconds since the recording began. */
  readonly startMs: number;
  /** End of the turn, in milliseconds since the recording began. */
  readonly endMs: number;
  /** For a turn of the bot: whether an interruption cut it. The audio is what was heard until then. */
  readonly interrupted: boolean;
  /** Whether the turn was longer than `maxTurnMs`; the rest is missing. */
  readonly truncated: boolean;
}

/** Maximum number of turns whose audio has not been rendered yet. */
const MAX_TURNS = 64;
/** An interruption may arrive just after the bot has stopped because of it. */
const INTERRUPTION_AFTER_MS = 100;

interface Turn {
  readonly startMs: number;
  endMs: number;
  interrupted: boolean;
  truncated: boolean;
  readonly parts: Int16Array[];
  samples: number;
}

/** Cuts the turns of one side out of its recorded audio, which arrives a little later than their starts and ends. */
export class TurnAudio {
  readonly #sampleRate: number;
  readonly #maxSamples: number;
  #turns: Turn[] = [];
  /** End of the audio so far. */
  #untilMs = 0;

  constructor(sampleRate: number, maxTurnMs: number) {
    this.#sampleRate = sampleRate;
    this.#maxSamples = Math.round((maxTurnMs / 1000) * sampleRate);
  }

  /** Starts a turn, at the earliest with the next audio. */
  begin(wantedMs: number): void {
    const startMs = Math.max(wantedMs, this.#untilMs);
    const last = this.#turns.at(-1);
    if (this.#turns.length >= MAX_TURNS || last?.endMs === Infinity) return;
    this.#turns.push({ startMs, endMs: Infinity, interrupted: false, truncated: false, parts: [], samples: 0 });
  }

  end(endMs: number): void {
    const last = this.#turns.at(-1);
    if (last?.endMs === Infinity) last.endMs = endMs;
  }

  interrupt(timeMs: number): void {
    const last = this.#turns.at(-1);
    if (last !== undefined && last.endMs + INTERRUPTION_AFTER_MS >= timeMs) last.interrupted = true;
  }

  /** Takes the next rendered audio and returns the turns that it completes. */
  add(startMs: number, audio: Int16Array): RecordedTurn[] {
    const untilMs = startMs + (audio.length / this.#sampleRate) * 1000;
    this.#untilMs = untilMs;
    for (const turn of this.#turns) this.#collect(turn, startMs, audio);
    const complete = this.#turns.filter(({ endMs }) => endMs <= untilMs);
    this.#turns = this.#turns.filter(({ endMs }) => endMs > untilMs);
    return complete.map((turn) => this.#toRecordedTurn(turn));
  }

  #collect(turn: Turn, startMs: number, audio: Int16Array): void {
    const from = this.#toSampleIndex(turn.startMs - startMs, audio.length);
    const to = this.#toSampleIndex(turn.endMs - startMs, audio.length);
    const room = this.#maxSamples - turn.samples;
    if (to - from > room) turn.truncated = true;
    // No copy is needed: nothing writes into rendered audio.
    const part = audio.subarray(from, Math.min(to, from + room));
    if (part.length === 0) return;
    turn.parts.push(part);
    turn.samples += part.length;
  }

  #toSampleIndex(timeMs: number, length: number): number {
    return Math.min(length, Math.max(0, Math.round((timeMs / 1000) * this.#sampleRate)));
  }

  #toRecordedTurn({ parts, samples, startMs, endMs, interrupted, truncated }: Turn): RecordedTurn {
    const audio = new Int16Array(samples);
    let at = 0;
    for (const part of parts) {
      audio.set(part, at);
      at += part.length;
    }
    return { audio, sampleRate: this.#sampleRate, startMs, endMs, interrupted, truncated };
  }
}
