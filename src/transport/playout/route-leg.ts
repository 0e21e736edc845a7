import type { AudioSink } from "./audio-sink.ts";
import type { RecentAudio } from "./recent-audio.ts";

const DEFAULT_LEAD_MS = 200;

/** What a {@link RouteLeg} needs. */
export interface RouteLegOptions {
  readonly sink: AudioSink;
  /** The voice; what it says is read from here. */
  readonly audio: RecentAudio;
  /** The position of the voice at which this leg begins. */
  readonly from: number;
  /** Something that was awaited has been played. */
  readonly onProgress: () => void;
  /** The far end has dropped what it had not played; nobody here asked for it. */
  readonly onFlushedByFarEnd: () => void;
  /** The sink has closed by itself (undefined), or refuses audio for good. The leg is over. */
  readonly onFailed: (cause: unknown) => void;
}

/**
 * One stretch of a voice on one sink, from a change of routes to the next one. It feeds the sink no further ahead than the sink
 * prefers and translates positions: those of the voice are the caller's, those of the sink stay in here.
 */
export class RouteLeg {
  readonly #options: RouteLegOptions;
  #sinkFrom: number;
  #from: number;
  /** The position of the voice up to which the sink has it. */
  #fed: number;
  /** The last utterance end that the sink has. */
  #endedAt: number;
  /** Each wait is an object of its own, so that the answer to an older one is recognised and ignored. */
  #awaited: { readonly position: number } | undefined;
  #over = false;

  constructor(options: RouteLegOptions) {
    this.#options = options;
    this.#sinkFrom = options.sink.writtenSamples;
    this.#from = options.from;
    this.#fed = options.from;
    this.#endedAt = options.from;
  }

  get sink(): AudioSink {
    return this.#options.sink;
  }

  /** The position of the voice that has been played on this leg. It may be behind what was played on the one before. */
  get played(): number {
    const played = this.#from + this.#options.sink.playedSamples - this.#sinkFrom;
    return Math.min(this.#fed, Math.max(this.#from, played));
  }

  /** Gives the sink what it may have by now, and waits for the next thing of interest: more room, or `wanted`. */
  advance(wanted: number | undefined): void {
    if (this.#over) return;
    const roomAt = this.#feed();
    if (this.#isOver()) return;
    const end = this.#fed > this.played ? this.#fed : Infinity;
    const position = Math.min(roomAt ?? Infinity, wanted ?? Infinity, end);
    if (position !== Infinity) this.#await(position);
  }

  /** Drops what has not been played. Returns the position of the voice that was. The leg continues with {@link restart}. */
  flush(): number {
    this.#awaited = undefined;
    const { sink } = this.#options;
    const fed = this.#fed;
    const played = this.#from + sink.flush() - this.#sinkFrom;
    return Math.min(fed, Math.max(this.#from, played));
  }

  /** Continues at another position of the voice, with an empty sink. */
  restart(from: number): void {
    this.#awaited = undefined;
    this.#sinkFrom = this.#options.sink.writtenSamples;
    this.#from = from;
    this.#fed = from;
    this.#endedAt = from;
  }

  /** Ends the leg: nothing more is written, and no callback is called. */
  end(): void {
    this.#over = true;
    this.#awaited = undefined;
  }

  /** Returns the position at which there is room for more; undefined when there is no more. */
  #feed(): number | undefined {
    const { sink, audio } = this.#options;
    const leadSamples = ((sink.preferredLeadMs ?? DEFAULT_LEAD_MS) * sink.sampleRate) / 1000;
    for (;;) {
      this.#endUtterances();
      const piece = audio.pieceAt(this.#fed);
      if (!piece) return undefined;
      if (sink.writtenSamples - sink.playedSamples >= leadSamples) return this.#fed - Math.ceil(leadSamples) + 1;
      let refusal: { readonly cause: unknown } | undefined;
      try {
        refusal = sink.write(piece.pcm) ? undefined : { cause: undefined };
      } catch (thrown) {
        refusal = { cause: thrown };
      }
      if (refusal) {
        this.#refused(refusal.cause);
        return this.#fed;
      }
      this.#fed = piece.to;
    }
  }

  #endUtterances(): void {
    const end = this.#options.audio.nextUtteranceEnd(this.#endedAt);
    if (end === undefined || end > this.#fed) return;
    this.#endedAt = end;
    this.#options.sink.endUtterance();
  }

  /** A full sink will have room later, one with nothing in it will not. */
  #refused(cause: unknown): void {
    const { sink } = this.#options;
    const hasRoomLater = cause === undefined && !sink.closed && sink.writtenSamples > sink.playedSamples;
    if (!hasRoomLater) this.#fail(cause);
  }

  #await(position: number): void {
    if (this.#awaited?.position === position) return;
    const awaited = { position };
    this.#awaited = awaited;
    void this.#options.sink.whenPlayed(this.#sinkFrom + position - this.#from).then((outcome) => {
      if (this.#awaited !== awaited) return;
      this.#awaited = undefined;
      if (outcome === "closed") this.#fail(undefined);
      else if (outcome === "flushed") this.#options.onFlushedByFarEnd();
      else this.#options.onProgress();
    });
  }

  #fail(cause: unknown): void {
    this.end();
    this.#options.onFailed(cause);
  }

  /** A method, so that the compiler does not assume an unchanged value across a call. */
  #isOver(): boolean {
    return this.#over;
  }
}
