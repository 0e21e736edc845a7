import { TTSStartedFrame, type Frame, type OutputAudioRawFrame, type TTSStoppedFrame } from "../../../frames/index.ts";
import { deferred } from "../../../util/deadline.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import { AudioSinkLostError } from "../../playout/sink-errors.ts";
import type { InterruptionNotice } from "../interruption-notice.ts";
import { AudioChunker } from "./audio-chunker.ts";
import type { AudioDestinationStats } from "./audio-destination-stats.ts";
import type { Entry } from "./entries.ts";
import { EntryQueue } from "./entry-queue.ts";
import { interruptAtOnce, type BegunInterruption, type Interruptible } from "./interruption.ts";
import type { MediaSenderOptions } from "./media-sender-options.ts";
import { Player } from "./player.ts";
import { ReleaseGate, type ListenerState } from "./release-gate.ts";
import { SenderInterruption } from "./sender-interruption.ts";
import { SinkWriter } from "./sink-writer.ts";
import { SpeechHold } from "./speech-hold.ts";
import { isSurplus } from "./stream-surplus.ts";
import { toAudioOffsetMs } from "./timed-frames.ts";
import { UtteranceTracker } from "./utterance-tracker.ts";

/**
 * The bot's voice on one destination. Audio is split into chunks and written ahead of what has been played, as far as the sink
 * likes; everything else (frames passed on, bot started or stopped speaking) follows what has been *played*. Background sound
 * fills the time in between and outlives interruptions.
 *
 * The sender joins its parts: the chunker splits audio, the queue holds it, the player writes it and releases what was heard,
 * the tracker follows the utterances, and frames leave through the gate. An interruption works on all of them.
 */
export class MediaSender implements Interruptible {
  /** Undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly #options: MediaSenderOptions;
  readonly #sink: AudioSink;
  readonly #gate: ReleaseGate;
  readonly #chunker: AudioChunker;
  readonly #writer: SinkWriter;
  readonly #queue: EntryQueue;
  readonly #player: Player;
  readonly #tracker: UtteranceTracker;
  readonly #hold: SpeechHold;
  #closed = false;
  #closing: Promise<void> | undefined;

  /** Starts the background sound, if there is any. */
  constructor(options: MediaSenderOptions) {
    const { destination, sink, clock, host, background, createResampler } = options;
    const { sampleRate } = sink;
    const chunkSamples = Math.round((options.chunkMs * sampleRate) / 1000);
    this.destination = destination;
    this.#options = options;
    this.#sink = sink;
    this.#gate = new ReleaseGate(host);
    this.#hold = new SpeechHold(clock);
    this.#tracker = new UtteranceTracker({
      destination,
      clock,
      gate: this.#gate,
      broadcast: (make) => host.broadcast(make),
      onFallback: () => this.#endUtterance(undefined),
    });
    this.#chunker = new AudioChunker({
      destination,
      sampleRate,
      chunkSamples,
      createResampler,
      onChunk: (frame, offsetMs) => this.#queueChunk(frame, offsetMs),
    });
    const onError = (error: Error): void => host.pushError(error);
    this.#writer = new SinkWriter({ destination, sink, background, chunkSamples, hold: this.#hold, onError });
    this.#queue = new EntryQueue(options.maxQueuedMs);
    this.#player = new Player({
      clock,
      sink,
      queue: this.#queue,
      writer: this.#writer,
      tracker: this.#tracker,
      gate: this.#gate,
      background,
      onReady: () => this.#advance(),
      onFlushedByFarEnd: () => this.#flushedByFarEnd(),
    });
    void background?.start(sampleRate).then(() => this.#advance());
  }

  /** Whether nothing can be heard through it any more. */
  get closed(): boolean {
    return this.#closed || this.#sink.closed;
  }

  /** What it has to do, and has done so far. */
  get stats(): AudioDestinationStats {
    const { writtenSamples, playedSamples, sampleRate } = this.#sink;
    return {
      destination: this.destination,
      queuedMs: this.#queue.pendingMs,
      queuedFrames: this.#queue.length,
      leadMs: ((writtenSamples - playedSamples) * 1000) / sampleRate,
      writtenMs: (writtenSamples * 1000) / sampleRate,
      refusedChunks: this.#writer.refusedChunks,
    };
  }

  /** How long audio that arrives now waits until it is heard, in milliseconds. */
  get aheadMs(): number {
    const { writtenSamples, playedSamples, sampleRate } = this.#sink;
    const leadMs = ((writtenSamples - playedSamples) * 1000) / sampleRate;
    return leadMs + this.#queue.pendingMs + this.#chunker.partialMs;
  }

  /** When the last audio was heard, on the clock's time; undefined before any. */
  get lastHeardMs(): number | undefined {
    return this.#tracker.lastHeardMs;
  }

  /** Whether something waits to be said, or is being said. */
  get busy(): boolean {
    return !this.#queue.finished || this.#tracker.arriving !== undefined;
  }

  /** Says whether anyone listens. At first someone is awaited, and audio waits. */
  listen(listening: ListenerState): void {
    this.#gate.listening = listening;
    this.#advance();
  }

  /** Takes audio. The promise, if there is one, resolves when more may be given. */
  audio(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> | undefined {
    if (this.#tracker.isVoid(frame) || isSurplus(frame, this.aheadMs)) return undefined;
    if (!this.#chunker.isReady(frame.sampleRate)) return this.#audioAtNewRate(frame, signal);
    this.#tracker.audioArrived();
    this.#chunker.add(frame);
    this.#advance();
    return this.#queue.whenRoom();
  }

  /** Ends the utterance: what is left of it is padded and said. */
  ttsStopped(frame: TTSStoppedFrame): void {
    this.#endUtterance(frame);
  }

  /** Takes any other frame: it leaves at its own time, or once the audio before it was heard. Returns as {@link audio}. */
  frame(frame: Frame): Promise<void> | undefined {
    if (this.#tracker.isVoid(frame)) return undefined;
    if (frame instanceof TTSStartedFrame) this.#tracker.announceAudio(frame);
    if (frame.ptsMs !== undefined) {
      const placeMs = toAudioOffsetMs(frame);
      // Before it can be released: then it is not known any more.
      if (placeMs !== undefined) this.#player.markWord(this.#tracker.open(), placeMs);
      this.#tracker.addTimed(frame);
      return undefined;
    }
    this.#enqueue({ kind: "frame", frame });
    return this.#queue.whenRoom();
  }

  /** Begins an interruption; `interruptAll` takes its other steps. */
  beginInterruption({ all = false }: { readonly all?: boolean } = {}): BegunInterruption {
    const parts = {
      chunker: this.#chunker,
      queue: this.#queue,
      player: this.#player,
      tracker: this.#tracker,
      gate: this.#gate,
      background: this.closed ? undefined : this.#options.background,
      advance: () => this.#advance(),
    };
    return new SenderInterruption(parts, all);
  }

  /**
   * Goes with the first step of an interruption where the listener is notified of it: speech waits until the notice has
   * been sent, and then until its silence has left on the sink. Both are in one order with speech, so no word can be taken
   * for the end of the old utterance.
   */
  holdSpeech(notice: InterruptionNotice): void {
    this.#hold.until(notice, () => {
      if (!this.closed) this.#player.writeSilence(notice.silenceMs);
      this.#advance();
    });
  }

  /** Resolves when everything queued has been heard and every timed frame has left. */
  async drain(): Promise<void> {
    if (this.#tracker.arriving) this.#endUtterance(undefined);
    // With nothing to say, nobody waits for the listener either.
    if (!this.#queue.finished) {
      const reached = deferred<undefined>();
      this.#enqueue({ kind: "mark", reached });
      await reached.promise;
    }
    await this.#tracker.whenTimedFramesLeft();
  }

  /** Interrupts what is said, at once, and closes the sink. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closed = true;
    interruptAtOnce(this);
    this.#chunker.close();
    await Promise.all([this.#options.background?.stop(), this.#sink.close()]);
  }

  async #audioAtNewRate(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> {
    await this.#chunker.prepare(frame.sampleRate);
    if (signal.aborted || this.closed) return;
    await this.audio(frame, signal);
  }

  #queueChunk(frame: OutputAudioRawFrame, offsetMs: number): void {
    const utterance = this.#tracker.open();
    this.#queue.push({ kind: "audio", frame, utterance, offsetMs, started: false, mixed: undefined });
  }

  #endUtterance(frame: TTSStoppedFrame | undefined): void {
    this.#tracker.stopFallback();
    const utterance = this.#tracker.open();
    this.#chunker.end();
    this.#tracker.close();
    this.#enqueue({ kind: "utteranceEnd", frame, utterance, yielded: false });
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#advance();
  }

  /** Releases what has been heard, writes what may be written, and waits for the next thing to be heard. */
  #advance(): void {
    if (this.closed) {
      this.#lost();
      return;
    }
    if (this.#gate.listening === "awaited") return;
    this.#player.advance();
    if (this.#player.yielding) return;
    if (this.#queue.finished) this.#tracker.startFallback();
    this.#player.awaitNext();
  }

  #flushedByFarEnd(): void {
    const { contextId } = this.#chunker;
    interruptAtOnce(this);
    this.#tracker.voidContext(contextId);
  }

  /** The sink has closed by itself: nothing more will be heard, but pending waits must be released. */
  #lost(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#options.host.pushError(new AudioSinkLostError(this.destination));
    }
    interruptAtOnce(this);
  }
}
