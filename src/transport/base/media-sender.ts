import {
  OutputAudioRawFrame,
  OutputTransportMessageFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  type Frame,
  type TTSStoppedFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";
import { TransportError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { AudioSink, PlayoutOutcome } from "./audio-sink.ts";
import { nextTurn } from "./next-turn.ts";
import { OutputFormat, type PcmResamplerFactory } from "./output-format.ts";
import { PcmPartial } from "./pcm-partial.ts";
import { SpeechState } from "./speech-state.ts";
import { TimedFrames, type Utterance } from "./timed-frames.ts";

const DEFAULT_LEAD_MS = 200;
/** Without TTSStopped, this long without audio ends an utterance. */
const UTTERANCE_FALLBACK_MS = 3000;

/** What a sender does through its transport. */
export interface MediaSenderHost {
  push(frame: Frame): void;
  broadcast(make: () => Frame): void;
  pushError(error: Error): void;
  sendMessage(frame: OutputTransportMessageFrame): void;
}

export interface MediaSenderOptions {
  /** Set on the frames that leave; undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly sink: AudioSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly host: MediaSenderHost;
  /** Size of a chunk in milliseconds. */
  readonly chunkMs: number;
  /** How much audio may wait before `audio` makes its caller wait, in milliseconds. */
  readonly maxQueuedMs: number;
  readonly createResampler: PcmResamplerFactory;
}

/** The way to the listener is gone, and not by our own will. */
export class AudioSinkLostError extends TransportError {
  readonly code = "audioSinkLost";

  constructor(destination: string | undefined) {
    super(`The output for ${destination ?? "the default destination"} closed by itself; end the task.`);
  }
}

/** Things wait in one queue, in the order they came, so that each leaves after the audio before it was heard. */
type Entry =
  | { readonly kind: "audio"; readonly frame: OutputAudioRawFrame; readonly utterance: Utterance; started: boolean }
  | {
      readonly kind: "utteranceEnd";
      readonly frame: TTSStoppedFrame | undefined;
      readonly utterance: Utterance;
      /** Its words have had a turn of the event loop to get ahead of it. */
      turned: boolean;
    }
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "mark"; readonly reached: Deferred<undefined> };

/** Handed to the sink: `to` is the position at which it has been heard. */
interface Written {
  readonly entry: Entry;
  readonly from: number;
  readonly to: number;
}

/**
 * The bot's voice on one destination. Audio is cut into chunks and written a little ahead of what has been played;
 * everything else that happens (frames passed on, bot started or stopped speaking) follows what has been *played*.
 */
export class MediaSender {
  readonly destination: string | undefined;
  readonly #sink: AudioSink;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #host: MediaSenderHost;
  readonly #maxQueuedMs: number;
  readonly #leadSamples: number;
  readonly #format: OutputFormat;
  readonly #partial: PcmPartial;
  readonly #speech: SpeechState;
  readonly #timed: TimedFrames;
  #pending: Entry[] = [];
  #pendingMs = 0;
  #written: Written[] = [];
  /** What an interruption took out of the queues and has not settled yet. */
  #cut: { readonly written: Written[]; readonly pending: Entry[]; readonly heard: number } | undefined;
  #utterance: Utterance | undefined;
  /** The class of the last audio; the padded rest has to be of it too. */
  #lastAudio: OutputAudioRawFrame | undefined;
  #room: Deferred<void> | undefined;
  #fallback: TimerHandle;
  #lastHeardMs: number | undefined;
  #waitingFor: number | undefined;
  /** Grows with every flush: answers of older waits mean nothing any more. */
  #generation = 0;
  #held = true;
  /** Between releasing the last words of an utterance and reporting its end. */
  #turning = false;
  #closed = false;
  #refusedChunks = 0;

  constructor(options: MediaSenderOptions) {
    const { destination, sink, clock, host } = options;
    this.destination = destination;
    this.#sink = sink;
    this.#clock = clock;
    this.#logger = options.logger;
    this.#host = host;
    this.#maxQueuedMs = options.maxQueuedMs;
    this.#leadSamples = ((sink.preferredLeadMs ?? DEFAULT_LEAD_MS) * sink.sampleRate) / 1000;
    this.#format = new OutputFormat(sink.sampleRate, options.createResampler);
    this.#partial = new PcmPartial(Math.round((options.chunkMs * sink.sampleRate) / 1000));
    this.#speech = new SpeechState(clock, destination, (make) => host.broadcast(make));
    this.#timed = new TimedFrames(clock, (frame) => host.push(frame));
  }

  /** Whether audio can still be heard through it. */
  get closed(): boolean {
    return this.#closed || this.#sink.closed;
  }

  /** Chunks lost because the sink took no more. */
  get refusedChunks(): number {
    return this.#refusedChunks;
  }

  /** When the last audio was heard, on the clock's time; undefined before any. */
  get lastHeardMs(): number | undefined {
    return this.#lastHeardMs;
  }

  /** Lets audio out; until then it waits. */
  open(): void {
    this.#held = false;
    this.#pump();
  }

  /** Takes audio; the promise, if there is one, says when more may come. */
  audio(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> | undefined {
    if (!this.#format.isReady(frame)) return this.#audioAtNewRate(frame, signal);
    this.#take(frame);
    return this.#pendingMs < this.#maxQueuedMs ? undefined : (this.#room ??= deferred()).promise;
  }

  /** The utterance is complete: what is left of it is padded and said. */
  ttsStopped(frame: TTSStoppedFrame): void {
    this.#endUtterance(frame);
  }

  /** Any other frame: leaves at its own time, or once the audio before it was heard. */
  frame(frame: Frame): void {
    // Its words may come before its audio.
    if (frame instanceof TTSStartedFrame) this.#currentUtterance().hasAudio = true;
    if (frame.ptsMs !== undefined) {
      this.#timed.add(frame, this.#currentUtterance());
      return;
    }
    this.#enqueue({ kind: "frame", frame });
  }

  /** First part of an interruption: from its return on, nothing old is written or played. */
  silence(): void {
    this.#generation++;
    this.#waitingFor = undefined;
    this.#turning = false;
    const heard = this.#sink.flush();
    this.#cut = { written: this.#written, pending: this.#pending, heard };
    this.#written = [];
    this.#partial.clear();
    this.#format.reset();
    this.#utterance = undefined;
    this.#clearPending();
    this.#clearFallback();
  }

  /** Second part: releases what was heard, and keeps what must not be lost. True if anything was released. */
  settle(): boolean {
    const cut = this.#cut;
    if (!cut) return false;
    this.#cut = undefined;
    let released = false;
    const kept: Entry[] = [];
    for (const written of cut.written) {
      if (written.to <= cut.heard) {
        released = true;
        this.#release(written);
        continue;
      }
      if (written.from < cut.heard) this.#chunkStarted(written.entry);
      kept.push(written.entry);
    }
    const unheard = this.#timed.interrupt();
    for (const entry of [...kept, ...cut.pending]) {
      if (entry.kind === "mark") entry.reached.resolve(undefined);
      else if (entry.kind !== "audio" && entry.frame?.uninterruptible) this.#host.push(entry.frame);
    }
    for (const frame of unheard) if (frame.uninterruptible) this.#host.push(frame);
    return released;
  }

  /** Third part: the bot is no longer heard. System frames overtake, so give what was released a turn before. */
  stopSpeaking(): void {
    this.#speech.stop();
  }

  /** Resolves when everything queued has been heard and every timed frame has left. */
  async drain(): Promise<void> {
    if (!this.#partial.empty || this.#utterance) this.#endUtterance(undefined);
    // With nothing to say, nobody waits for the listener either.
    if (this.#pending.length > 0 || this.#written.length > 0) {
      const reached = deferred<undefined>();
      this.#enqueue({ kind: "mark", reached });
      await reached.promise;
    }
    await this.#timed.whenIdle();
  }

  /** Drops everything, at once. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop();
    this.#format.close();
    await this.#sink.close();
  }

  async #audioAtNewRate(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> {
    const rest = await this.#format.prepare(frame);
    if (signal.aborted || this.closed) return;
    if (this.#lastAudio) this.#chunk(rest, this.#lastAudio);
    await this.audio(frame, signal);
  }

  #take(frame: OutputAudioRawFrame): void {
    this.#clearFallback();
    this.#lastAudio = frame;
    this.#currentUtterance().hasAudio = true;
    this.#chunk(this.#format.convert(frame), frame);
    this.#pump();
  }

  #chunk(pcm: Int16Array, like: OutputAudioRawFrame): void {
    const utterance = this.#currentUtterance();
    this.#partial.add(pcm, (chunk) => this.#enqueueChunk(chunk, like, utterance));
  }

  #enqueueChunk(chunk: Int16Array, like: OutputAudioRawFrame, utterance: Utterance): void {
    const frame = chunkLike(like, chunk, this.#sink.sampleRate);
    frame.transportDestination = this.destination;
    this.#pendingMs += frame.durationMs;
    this.#pending.push({ kind: "audio", frame, utterance, started: false });
  }

  #endUtterance(frame: TTSStoppedFrame | undefined): void {
    this.#clearFallback();
    const utterance = this.#currentUtterance();
    if (this.#lastAudio) {
      this.#chunk(this.#format.flush(), this.#lastAudio);
      const rest = this.#partial.flush();
      if (rest) this.#enqueueChunk(rest, this.#lastAudio, utterance);
    }
    this.#utterance = undefined;
    this.#enqueue({ kind: "utteranceEnd", frame, utterance, turned: false });
  }

  #currentUtterance(): Utterance {
    return (this.#utterance ??= { arrivedMs: this.#clock.nowMs(), hasAudio: false, shiftMs: undefined });
  }

  #enqueue(entry: Entry): void {
    this.#pending.push(entry);
    this.#pump();
  }

  /** Releases what has been heard, writes what may be written, and waits for the next thing to be heard. */
  #pump(): void {
    if (this.closed) {
      this.#lost();
      return;
    }
    if (this.#held) return;
    do {
      this.#releaseHeard();
      this.#write();
    } while (!this.#turning && this.#written[0] && this.#written[0].to <= this.#sink.playedSamples);
    if (this.#pendingMs < this.#maxQueuedMs) this.#makeRoom();
    this.#await();
  }

  #releaseHeard(): void {
    const played = this.#sink.playedSamples;
    for (let head = this.#written[0]; head && !this.#turning; head = this.#written[0]) {
      if (head.from < played) this.#chunkStarted(head.entry);
      if (head.to > played) return;
      if (head.entry.kind === "utteranceEnd" && !head.entry.turned && this.#speech.speaking) {
        this.#turn(head.entry);
        return;
      }
      this.#written.shift();
      this.#release(head);
    }
  }

  /** BotStopped is a system frame and would overtake the last words: they get a turn to get through first. */
  #turn(end: Extract<Entry, { kind: "utteranceEnd" }>): void {
    end.turned = true;
    this.#timed.releaseUtterance(end.utterance);
    this.#turning = true;
    const generation = this.#generation;
    void nextTurn().then(() => {
      if (generation !== this.#generation) return;
      this.#turning = false;
      this.#pump();
    });
  }

  #write(): void {
    for (let entry = this.#pending[0]; entry; entry = this.#pending[0]) {
      const from = this.#sink.writtenSamples;
      if (entry.kind === "audio") {
        if (from - this.#sink.playedSamples >= this.#leadSamples) return;
        if (!this.#sink.write(entry.frame.audio)) {
          // A full sink takes it later; one that has nothing left to play is not going to.
          if (this.#sink.closed || this.#written.length > 0) return;
          this.#chunkRefused(entry.frame);
          continue;
        }
        this.#pendingMs -= entry.frame.durationMs;
      } else if (entry.kind === "utteranceEnd") {
        this.#sink.endUtterance();
      }
      this.#pending.shift();
      this.#written.push({ entry, from, to: this.#sink.writtenSamples });
    }
  }

  #await(): void {
    const head = this.#written[0];
    if (this.#turning) return;
    if (!head) {
      this.#startFallback();
      return;
    }
    const startMatters = head.entry.kind === "audio" && !head.entry.started;
    const position = startMatters ? head.from + 1 : head.to;
    if (this.#waitingFor === position) return;
    this.#waitingFor = position;
    const generation = this.#generation;
    void this.#sink.whenPlayed(position).then((outcome) => {
      if (generation === this.#generation && this.#waitingFor === position) this.#waited(outcome);
    });
  }

  #waited(outcome: PlayoutOutcome): void {
    this.#waitingFor = undefined;
    if (outcome === "flushed") {
      // Nobody here interrupted: the far end has dropped what it had not said.
      this.#drop();
    }
    this.#pump();
  }

  #chunkStarted(entry: Entry): void {
    if (entry.kind !== "audio" || entry.started) return;
    entry.started = true;
    const { utterance } = entry;
    this.#speech.chunkStarted(entry.frame);
    if (utterance.shiftMs === undefined) {
      utterance.shiftMs = this.#clock.nowMs() - utterance.arrivedMs;
      this.#timed.update();
    }
  }

  #release({ entry }: Written): void {
    switch (entry.kind) {
      case "audio":
        this.#chunkStarted(entry);
        this.#lastHeardMs = this.#clock.nowMs();
        this.#speech.chunkPlayed(entry.frame);
        this.#host.push(entry.frame);
        return;
      case "utteranceEnd":
        this.#timed.releaseUtterance(entry.utterance);
        if (entry.frame) this.#speech.utteranceEnded();
        else this.#speech.stop();
        if (entry.frame) this.#host.push(entry.frame);
        return;
      case "frame":
        if (entry.frame instanceof OutputTransportMessageFrame) this.#host.sendMessage(entry.frame);
        else this.#host.push(entry.frame);
        return;
      case "mark":
        entry.reached.resolve(undefined);
    }
  }

  #chunkRefused(frame: OutputAudioRawFrame): void {
    this.#pending.shift();
    this.#pendingMs -= frame.durationMs;
    this.#refusedChunks++;
    if (this.#refusedChunks === 1) {
      this.#logger.warn("The output took no audio though it had nothing to play; the chunk is lost.", {
        destination: this.destination,
      });
    }
  }

  /** The sink closed by itself: nothing more will be heard, but nobody may hang on it. */
  #lost(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#host.pushError(new AudioSinkLostError(this.destination));
    }
    this.#drop();
  }

  #drop(): void {
    this.silence();
    this.settle();
    this.stopSpeaking();
  }

  #startFallback(): void {
    if (this.#pending.length > 0 || this.#fallback !== undefined) return;
    if (!this.#speech.speaking && this.#utterance?.hasAudio !== true) return;
    this.#fallback = this.#clock.setTimeout(() => this.#endUtterance(undefined), UTTERANCE_FALLBACK_MS);
  }

  #clearFallback(): void {
    if (this.#fallback !== undefined) this.#clock.clearTimeout(this.#fallback);
    this.#fallback = undefined;
  }

  #clearPending(): void {
    this.#pending = [];
    this.#pendingMs = 0;
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/** A chunk is of the class of the audio it was cut from: speech stays speech. */
function chunkLike(like: OutputAudioRawFrame, audio: Int16Array, sampleRate: number): OutputAudioRawFrame {
  const fields = { audio, sampleRate, numChannels: 1 };
  if (like instanceof TTSAudioRawFrame) return new TTSAudioRawFrame({ ...fields, contextId: like.contextId });
  if (like instanceof SpeechOutputAudioRawFrame) return new SpeechOutputAudioRawFrame(fields);
  return new OutputAudioRawFrame(fields);
}
