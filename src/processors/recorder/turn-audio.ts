/** What one side said in one turn. */
export interface RecordedTurn {
  /** Mono. */
  readonly audio: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
  /** Since the recording began. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of the bot: an interruption cut it short; the audio is what was heard until then. */
  readonly interrupted: boolean;
  /** It was longer than `maxTurnMs`; the rest is missing. */
  readonly truncated: boolean;
}

/** Turns whose audio has not been rendered yet. */
const MAX_TURNS = 64;
/** An interruption is told just after the bot has stopped for it. */
const INTERRUPTION_AFTER_MS = 100;

interface Turn {
  readonly startMs: number;
  endMs: number;
  interrupted: boolean;
  truncated: boolean;
  readonly parts: Int16Array[];
  samples: number;
}

/** Cuts the turns of one side out of its recorded audio, which comes a little later than their beginnings and ends. */
export class TurnAudio {
  readonly #sampleRate: number;
  readonly #maxSamples: number;
  #turns: Turn[] = [];
  /** The end of the audio so far. */
  #untilMs = 0;

  constructor(sampleRate: number, maxTurnMs: number) {
    this.#sampleRate = sampleRate;
    this.#maxSamples = Math.round((maxTurnMs / 1000) * sampleRate);
  }

  /** It begins no earlier than audio that is still to come. */
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

  /** Takes the next rendered audio; returns the turns that are complete with it. */
  add(startMs: number, audio: Int16Array): RecordedTurn[] {
    const untilMs = startMs + (audio.length / this.#sampleRate) * 1000;
    this.#untilMs = untilMs;
    for (const turn of this.#turns) this.#collect(turn, startMs, audio);
    const complete = this.#turns.filter(({ endMs }) => endMs <= untilMs);
    this.#turns = this.#turns.filter(({ endMs }) => endMs > untilMs);
    return complete.map((turn) => this.#recorded(turn));
  }

  #collect(turn: Turn, startMs: number, audio: Int16Array): void {
    const from = this.#sampleAt(turn.startMs - startMs, audio.length);
    const to = this.#sampleAt(turn.endMs - startMs, audio.length);
    const room = this.#maxSamples - turn.samples;
    if (to - from > room) turn.truncated = true;
    // Not a copy: rendered audio is nobody else's to write in.
    const part = audio.subarray(from, Math.min(to, from + room));
    if (part.length === 0) return;
    turn.parts.push(part);
    turn.samples += part.length;
  }

  #sampleAt(timeMs: number, length: number): number {
    return Math.min(length, Math.max(0, Math.round((timeMs / 1000) * this.#sampleRate)));
  }

  #recorded({ parts, samples, startMs, endMs, interrupted, truncated }: Turn): RecordedTurn {
    const audio = new Int16Array(samples);
    let at = 0;
    for (const part of parts) {
      audio.set(part, at);
      at += part.length;
    }
    return { audio, sampleRate: this.#sampleRate, startMs, endMs, interrupted, truncated };
  }
}
