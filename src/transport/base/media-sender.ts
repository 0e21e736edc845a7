import {
  AggregatedTextFrame,
  OutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSTextFrame,
  type Frame,
  type TTSStoppedFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { deferred, withDeadline, type Deferred } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { nextTurn } from "../../util/next-turn.ts";
import type { AudioSink, PlayoutOutcome } from "../playout/audio-sink.ts";
import type { BackgroundSound } from "./background-sound.ts";
import {
  type AudioEntry,
  chunkLike,
  type Entry,
  isFiller,
  isSpeechToEnd,
  survives,
  type UtteranceEndEntry,
  type Written,
} from "./outgoing.ts";
import { OutputFormat, type PcmResamplerFactory } from "./output-format.ts";
import { PcmPartial } from "../playout/pcm-partial.ts";
import { AudioSinkLostError, SinkWriteError } from "../playout/sink-errors.ts";
import { SpeechState } from "./speech-state.ts";
import { TimedFrames, type Utterance } from "./timed-frames.ts";

const DEFAULT_LEAD_MS = 200;
/** Lead of background sound alone: speech that comes has to wait for it, and less would gap in a busy moment. */
const BACKGROUND_LEAD_MS = 120;
/** Without TTSStopped, this long without audio ends an utterance. */
const UTTERANCE_FALLBACK_MS = 3000;
/**
 * For the word to the far end that it has been interrupted; should it take longer, speech goes on without. Long, because
 * a message that comes after all silences what is said by then.
 */
const TELL_AT_MOST_MS = 5000;
/** Frames and chunks that may wait to be heard; whoever sends more has to wait as well. */
const MAX_QUEUED = 10_000;

/**
 * Whether anyone hears a destination: someone does; someone is expected, and audio waits; or nobody does, and audio goes
 * its way in real time but counts for nothing: no words, no bot that speaks.
 */
export type Listening = "heard" | "awaited" | "unheard";

/** What a sender does through its transport. */
export interface MediaSenderHost {
  /** Passes a frame on. */
  push(frame: Frame): void;
  /** The turn of a frame that is neither audio nor the end of it has come: sends it, shows it or passes it on. */
  deliver(frame: Frame): void;
  broadcast(make: () => Frame): void;
  pushError(error: Error): void;
}

export interface MediaSenderOptions {
  /** Set on the frames that leave; undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly sink: AudioSink;
  readonly clock: Clock;
  readonly host: MediaSenderHost;
  /** Size of a chunk in milliseconds. */
  readonly chunkMs: number;
  /** How much audio may wait before `audio` makes its caller wait, in milliseconds. */
  readonly maxQueuedMs: number;
  readonly createResampler: PcmResamplerFactory;
  /** Sound under what is said, and alone when nothing is. The sender starts and stops it. */
  readonly background: BackgroundSound | undefined;
}

/** What an output has to do and has done. */
export interface AudioDestinationStats {
  readonly destination: string | undefined;
  /** Audio that waits to be written. */
  readonly queuedMs: number;
  /** Everything that has not been heard or passed on yet, chunks of audio among it. */
  readonly queuedFrames: number;
  /** Written and not heard yet. */
  readonly leadMs: number;
  /** Written so far, less what interruptions took back. */
  readonly writtenMs: number;
  /** Chunks that the sink did not take, and that are lost. */
  readonly refusedChunks: number;
}

/**
 * The bot's voice on one destination. Audio is cut into chunks and written a little ahead of what has been played;
 * everything else that happens (frames passed on, bot started or stopped speaking) follows what has been *played*.
 * Background sound fills the time in between and outlives interruptions.
 */
export class MediaSender {
  readonly destination: string | undefined;
  readonly #sink: AudioSink;
  readonly #clock: Clock;
  readonly #host: MediaSenderHost;
  readonly #maxQueuedMs: number;
  readonly #leadSamples: number;
  readonly #chunkSamples: number;
  readonly #background: BackgroundSound | undefined;
  readonly #format: OutputFormat;
  readonly #partial: PcmPartial;
  readonly #speech: SpeechState;
  readonly #timed: TimedFrames;
  #pending: Entry[] = [];
  #pendingMs = 0;
  #written: Written[] = [];
  /** What an interruption took out of the queues and has not settled yet. */
  #cut: { readonly written: Written[]; readonly pending: Entry[]; readonly heard: number; all: boolean } | undefined;
  /** What is heard now must be heard to its end: the interruption at hand leaves it alone. */
  #goesOn = false;
  #utterance: Utterance | undefined;
  /** The last audio of the utterance; what is left of it has to be of its class. */
  #lastAudio: OutputAudioRawFrame | undefined;
  /** How much audio of its context has been taken. */
  #taken: { readonly contextId: string | undefined; ms: number } = { contextId: undefined, ms: 0 };
  /** The context whose beginning the far end has dropped: its rest would make no sense, and is not said. */
  #voidContextId: string | undefined;
  #room: Deferred<void> | undefined;
  #fallback: TimerHandle;
  #lastHeardMs: number | undefined;
  #waitingFor: number | undefined;
  /** Grows with every flush: answers of older waits mean nothing any more. */
  #generation = 0;
  #listening: Listening = "awaited";
  /** Set while the far end is being notified of an interruption: until then nothing new may be said. */
  #telling: Promise<unknown> | undefined;
  /** Between releasing the last words of an utterance and reporting its end. */
  #turning = false;
  #closed = false;
  #closing: Promise<void> | undefined;
  #refusedChunks = 0;

  constructor(options: MediaSenderOptions) {
    const { destination, sink, clock, host } = options;
    this.destination = destination;
    this.#sink = sink;
    this.#clock = clock;
    this.#host = host;
    this.#maxQueuedMs = options.maxQueuedMs;
    this.#leadSamples = ((sink.preferredLeadMs ?? DEFAULT_LEAD_MS) * sink.sampleRate) / 1000;
    this.#format = new OutputFormat(sink.sampleRate, options.createResampler);
    this.#chunkSamples = Math.round((options.chunkMs * sink.sampleRate) / 1000);
    this.#partial = new PcmPartial(this.#chunkSamples);
    this.#speech = new SpeechState(clock, destination, (make) => host.broadcast(make));
    this.#timed = new TimedFrames(clock, (frame) => this.#pass(frame));
    this.#background = options.background;
    void this.#background?.start(sink.sampleRate).then(() => this.#pump());
  }

  /** Whether audio can still be heard through it. */
  get closed(): boolean {
    return this.#closed || this.#sink.closed;
  }

  get stats(): AudioDestinationStats {
    const { writtenSamples, playedSamples, sampleRate } = this.#sink;
    return {
      destination: this.destination,
      queuedMs: this.#pendingMs,
      queuedFrames: this.#pending.length + this.#written.length,
      leadMs: ((writtenSamples - playedSamples) * 1000) / sampleRate,
      writtenMs: (writtenSamples * 1000) / sampleRate,
      refusedChunks: this.#refusedChunks,
    };
  }

  /** When the last audio was heard, on the clock's time; undefined before any. */
  get lastHeardMs(): number | undefined {
    return this.#lastHeardMs;
  }

  /** Whether something waits to be said, or is being said. */
  get busy(): boolean {
    return this.#pending.length > 0 || !this.#allHeard || this.#utterance !== undefined;
  }

  /** Lets audio out, or keeps it; at first it is kept. */
  listen(listening: Listening): void {
    this.#listening = listening;
    this.#pump();
  }

  /** Takes audio; the promise, if there is one, says when more may come. */
  audio(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> | undefined {
    if (this.#isVoid(frame)) return undefined;
    if (!this.#format.isReady(frame.sampleRate)) return this.#audioAtNewRate(frame, signal);
    this.#take(frame);
    return this.#whenRoom();
  }

  /** The utterance is complete: what is left of it is padded and said. */
  ttsStopped(frame: TTSStoppedFrame): void {
    this.#endUtterance(frame);
  }

  /** Any other frame: leaves at its own time, or once the audio before it was heard. The promise is as for `audio`. */
  frame(frame: Frame): Promise<void> | undefined {
    if (this.#isVoid(frame)) return undefined;
    // Its words may come before its audio.
    if (frame instanceof TTSStartedFrame) {
      const utterance = this.#currentUtterance();
      utterance.hasAudio = true;
      utterance.uninterruptible ||= !frame.interruptible;
    }
    if (frame.ptsMs !== undefined) {
      this.#timed.add(frame, this.#currentUtterance());
      return undefined;
    }
    this.#enqueue({ kind: "frame", frame });
    return this.#whenRoom();
  }

  /**
   * First part of an interruption: from its return on, nothing old is written or played. False when what is heard now
   * must be heard to its end: then only what waits behind it goes. `all` spares nothing.
   */
  silence({ all = false }: { readonly all?: boolean } = {}): boolean {
    this.#goesOn = !all && this.#playsToEnd();
    if (this.#goesOn) {
      this.#dropBehind();
      return false;
    }
    this.#generation++;
    this.#waitingFor = undefined;
    this.#turning = false;
    const heard = this.#sink.flush();
    this.#cut = { written: this.#written, pending: this.#pending, heard, all };
    this.#written = [];
    if (all || !this.#utterance?.uninterruptible) this.#dropPartial();
    this.#clearPending();
    this.#clearFallback();
    this.#goOnWithBackground(this.#cut.pending);
    return true;
  }

  /** Nothing interruptible is ever written behind such speech, so the sink holds nothing else to fall silent. */
  #playsToEnd(): boolean {
    const played = this.#sink.playedSamples;
    const next = this.#written.find(({ entry, to }) => entry.kind === "audio" && to > played)?.entry;
    return next?.kind === "audio" && next.utterance.uninterruptible;
  }

  #dropBehind(): void {
    const played = this.#sink.playedSamples;
    this.#written = this.#written.filter(
      ({ entry, to }) => to <= played || entry.kind === "background" || entry.kind === "silence" || survives(entry),
    );
    const dropped = this.#pending.filter((entry) => !survives(entry));
    this.#replacePending(this.#pending.filter(survives));
    for (const entry of dropped) if (entry.kind === "frame") this.#background?.control(entry.frame);
    if (!this.#utterance?.uninterruptible) this.#dropPartial();
    for (const frame of this.#timed.interrupt(({ uninterruptible }) => uninterruptible))
      if (frame.uninterruptible) this.#host.push(frame);
  }

  #dropPartial(): void {
    this.#partial.clear();
    this.#format.reset();
    this.#lastAudio = undefined;
    this.#utterance = undefined;
  }

  #replacePending(entries: Entry[]): void {
    this.#pending = entries;
    this.#pendingMs = entries.reduce((ms, entry) => ms + (entry.kind === "audio" ? entry.frame.durationMs : 0), 0);
    if (this.#hasRoom) this.#makeRoom();
  }

  /**
   * Goes with the first part where the listener is notified of the interruption: speech waits until it has been, and then
   * until `silenceMs` of silence have left on the sink. Both are in one order with it: no word can be taken for the end
   * of the old utterance.
   */
  keepApart(told: Promise<void>, silenceMs: number): void {
    const telling = withDeadline(this.#clock, told, TELL_AT_MOST_MS, "Telling of an interruption");
    this.#telling = telling;
    const goOn = (): void => {
      // A later interruption has its own word and its own silence.
      if (this.#telling !== telling) return;
      this.#telling = undefined;
      this.#writeSilence(silenceMs);
      this.#pump();
    };
    telling.then(goOn, goOn);
  }

  /** Second part: releases what was heard, and keeps what must not be lost. True if anything was released. */
  settle(): boolean {
    const cut = this.#cut;
    if (!cut) return false;
    this.#cut = undefined;
    let released = false;
    const kept: Entry[] = [];
    for (const written of cut.written) {
      const { entry } = written;
      if (entry.kind === "silence") continue;
      if (written.to <= cut.heard) {
        released ||= entry.kind !== "background";
        this.#release(written);
      } else if (entry.kind !== "background") {
        if (written.from < cut.heard) this.#chunkStarted(entry);
        kept.push(entry);
      }
    }
    const unheard = this.#timed.interrupt(({ uninterruptible }) => uninterruptible && !cut.all);
    const left = [...kept, ...cut.pending];
    const toEnd = cut.all ? -1 : left.findIndex(isSpeechToEnd);
    for (const entry of toEnd < 0 ? left : left.slice(0, toEnd)) {
      if (entry.kind === "mark") entry.reached.resolve(undefined);
      else if (entry.kind !== "audio" && entry.frame?.uninterruptible) this.#host.push(entry.frame);
    }
    // What must be heard to its end has not begun: it is said next, and what survives keeps its place behind it.
    if (toEnd >= 0) this.#replacePending([...left.slice(toEnd).filter(survives), ...this.#pending]);
    for (const frame of unheard) if (frame.uninterruptible) this.#host.push(frame);
    return released;
  }

  /** Third part: the bot is no longer heard. System frames overtake, so give what was released a turn before. */
  stopSpeaking(): void {
    if (!this.#goesOn) {
      this.#clearFallback();
      this.#speech.stop();
    }
    if (this.#pending.length > 0) this.#pump();
  }

  /** Resolves when everything queued has been heard and every timed frame has left. */
  async drain(): Promise<void> {
    if (!this.#partial.empty || this.#utterance) this.#endUtterance(undefined);
    // With nothing to say, nobody waits for the listener either.
    if (this.#pending.length > 0 || !this.#allHeard) {
      const reached = deferred<undefined>();
      this.#enqueue({ kind: "mark", reached });
      await reached.promise;
    }
    await this.#timed.whenIdle();
  }

  /** Drops everything, at once. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#drop();
    this.#format.close();
    await Promise.all([this.#background?.stop(), this.#sink.close()]);
  }

  async #audioAtNewRate(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> {
    this.#flushFormat();
    await this.#format.prepare(frame.sampleRate);
    if (signal.aborted || this.closed) return;
    await this.audio(frame, signal);
  }

  #take(frame: OutputAudioRawFrame): void {
    this.#clearFallback();
    if (this.#lastAudio?.sampleRate !== frame.sampleRate) this.#flushFormat();
    this.#lastAudio = frame;
    this.#currentUtterance().hasAudio = true;
    this.#chunk(this.#format.convert(frame), frame);
    this.#pump();
  }

  /** What the resampler still holds belongs before whatever comes. */
  #flushFormat(): void {
    if (this.#lastAudio) this.#chunk(this.#format.flush(), this.#lastAudio);
  }

  #chunk(pcm: Int16Array, like: OutputAudioRawFrame): void {
    const utterance = this.#currentUtterance();
    this.#partial.add(pcm, (chunk) => this.#enqueueChunk(chunk, like, utterance));
  }

  #enqueueChunk(chunk: Int16Array, like: OutputAudioRawFrame, utterance: Utterance): void {
    const frame = chunkLike(like, chunk, this.#sink.sampleRate);
    frame.transportDestination = this.destination;
    this.#pendingMs += frame.durationMs;
    const contextId = like instanceof TTSAudioRawFrame ? like.contextId : undefined;
    if (this.#taken.contextId !== contextId) this.#taken = { contextId, ms: 0 };
    const offsetMs = this.#taken.ms;
    this.#taken.ms += frame.durationMs;
    this.#pending.push({ kind: "audio", frame, utterance, offsetMs, started: false, mixed: undefined });
  }

  #endUtterance(frame: TTSStoppedFrame | undefined): void {
    this.#clearFallback();
    const utterance = this.#currentUtterance();
    if (this.#lastAudio) {
      this.#flushFormat();
      const rest = this.#partial.flush();
      if (rest) this.#enqueueChunk(rest, this.#lastAudio, utterance);
    }
    this.#lastAudio = undefined;
    this.#utterance = undefined;
    this.#enqueue({ kind: "utteranceEnd", frame, utterance, turned: false });
  }

  #currentUtterance(): Utterance {
    return (this.#utterance ??= {
      arrivedMs: this.#clock.nowMs(),
      hasAudio: false,
      uninterruptible: false,
      shiftMs: undefined,
      playing: undefined,
    });
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
    if (this.#listening === "awaited") return;
    do {
      this.#releaseHeard();
      this.#write();
    } while (!this.#turning && this.#written[0] && this.#written[0].to <= this.#sink.playedSamples);
    if (this.#hasRoom) this.#makeRoom();
    if (this.#turning) return;
    if (this.#allHeard) this.#startFallback();
    this.#awaitHead();
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
  #turn(end: UtteranceEndEntry): void {
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
      if (this.#waitsForSpeechToEnd(entry)) break;
      if (entry.kind === "audio" && !this.#writeAudio(entry)) return;
      if (entry.kind === "utteranceEnd") this.#sink.endUtterance();
      this.#pending.shift();
      const to = this.#sink.writtenSamples;
      const isLost = entry.kind === "audio" && to === from;
      const isForMixer = entry.kind === "frame" && this.#background?.control(entry.frame) === true;
      if (!isLost && !isForMixer) this.#written.push({ entry, from, to });
    }
    this.#writeBackground();
  }

  /** A sink drops all or nothing, so what an interruption may drop is not written behind what it must not. */
  #waitsForSpeechToEnd(entry: Entry): boolean {
    if (entry.kind !== "audio" || entry.utterance.uninterruptible) return false;
    return this.#written.some(({ entry: before }) => before.kind === "audio" && before.utterance.uninterruptible);
  }

  /** False if it has to wait. */
  #writeAudio(entry: AudioEntry): boolean {
    if (this.#telling || this.#isAhead(this.#leadSamples)) return false;
    const { frame } = entry;
    entry.mixed ??= this.#background?.under(frame.audio);
    const failure = this.#writeTo(entry.mixed ?? frame.audio);
    // A full sink takes it later; one that has nothing left to play is not going to.
    if (failure && (this.#sink.closed || this.#written.length > 0)) return false;
    this.#pendingMs -= frame.durationMs;
    if (failure) this.#chunkLost(failure);
    return true;
  }

  /** Into the sink, so that it counts what leaves there, and not the time here. */
  #writeSilence(ms: number): void {
    const { sampleRate, channels, writtenSamples: from } = this.#sink;
    if (this.closed || this.#writeTo(new Int16Array(Math.round((ms * sampleRate) / 1000) * channels))) return;
    this.#written.push({ entry: { kind: "silence" }, from, to: this.#sink.writtenSamples });
  }

  /** Keeps a little background sound ahead while there is nothing else; what it is written after is heard first. */
  #writeBackground(): void {
    const lead = Math.min(this.#leadSamples, (BACKGROUND_LEAD_MS * this.#sink.sampleRate) / 1000);
    while (this.#background?.active && !this.#isAhead(lead)) {
      const from = this.#sink.writtenSamples;
      const audio = this.#background.next(this.#chunkSamples);
      if (!audio || this.#writeTo(audio)) return;
      const frame = new OutputAudioRawFrame({ audio, sampleRate: this.#sink.sampleRate });
      frame.transportDestination = this.destination;
      this.#written.push({ entry: { kind: "background", frame }, from, to: this.#sink.writtenSamples });
    }
  }

  /** An interruption is no reason for the background to pause, nor to lose how it was told to go on. */
  #goOnWithBackground(cut: readonly Entry[]): void {
    if (!this.#background || this.closed) return;
    for (const entry of cut) if (entry.kind === "frame") this.#background.control(entry.frame);
    if (this.#listening === "awaited") return;
    this.#writeBackground();
    this.#awaitHead();
  }

  #isAhead(samples: number): boolean {
    return this.#sink.writtenSamples - this.#sink.playedSamples >= samples;
  }

  /** Undefined when the sink has taken it, else why not. */
  #writeTo(pcm: Int16Array): { readonly cause: unknown } | undefined {
    try {
      return this.#sink.write(pcm) ? undefined : { cause: undefined };
    } catch (thrown) {
      return { cause: asError(thrown) };
    }
  }

  #awaitHead(): void {
    const head = this.#written[0];
    if (!head) return;
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
      const cut = this.#lastAudio instanceof TTSAudioRawFrame ? this.#lastAudio.contextId : undefined;
      this.#drop();
      this.#voidContextId = cut;
    }
    this.#pump();
  }

  #chunkStarted(entry: Written["entry"]): void {
    if (entry.kind !== "audio" || entry.started) return;
    entry.started = true;
    const { utterance } = entry;
    if (this.#listening !== "unheard") this.#speech.chunkStarted(entry.frame);
    const nowMs = this.#clock.nowMs();
    utterance.shiftMs ??= nowMs - utterance.arrivedMs;
    utterance.playing = { fromMs: entry.offsetMs, toMs: entry.offsetMs + entry.frame.durationMs, sinceMs: nowMs };
    this.#timed.update();
  }

  #release({ entry }: Written): void {
    switch (entry.kind) {
      case "audio":
        this.#chunkStarted(entry);
        this.#lastHeardMs = this.#clock.nowMs();
        this.#speech.chunkPlayed(entry.frame);
        this.#pass(this.#asHeard(entry));
        return;
      case "background":
        this.#host.push(entry.frame);
        return;
      case "silence":
        return;
      case "utteranceEnd":
        this.#timed.releaseUtterance(entry.utterance);
        if (entry.frame) this.#speech.utteranceEnded();
        else this.#speech.stop();
        if (entry.frame) this.#host.push(entry.frame);
        return;
      case "frame":
        if (!this.#isUnheard(entry.frame)) this.#host.deliver(entry.frame);
        return;
      case "mark":
        entry.reached.resolve(undefined);
    }
  }

  #isVoid(frame: Frame): boolean {
    if (!(frame instanceof TTSAudioRawFrame || frame instanceof AggregatedTextFrame)) return false;
    return frame.contextId !== undefined && frame.contextId === this.#voidContextId;
  }

  #pass(frame: Frame): void {
    if (!this.#isUnheard(frame)) this.#host.push(frame);
  }

  /** Speech that nobody has heard was not said; all else that waited for its turn has had it. */
  #isUnheard(frame: Frame): boolean {
    const isSpeech = frame instanceof TTSTextFrame || frame instanceof OutputAudioRawFrame;
    return isSpeech && this.#listening === "unheard";
  }

  /** What goes on is what was heard, as a recording of it has to be. */
  #asHeard({ frame, mixed }: AudioEntry): OutputAudioRawFrame {
    if (!mixed) return frame;
    const heard = chunkLike(frame, mixed, frame.sampleRate);
    heard.transportDestination = this.destination;
    return heard;
  }

  #chunkLost({ cause }: { readonly cause: unknown }): void {
    this.#refusedChunks++;
    if (this.#refusedChunks === 1) this.#host.pushError(new SinkWriteError("audio", this.destination, cause));
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
    this.silence({ all: true });
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

  /** All that was said. */
  get #allHeard(): boolean {
    return this.#written.every(isFiller);
  }

  get #hasRoom(): boolean {
    return this.#pendingMs < this.#maxQueuedMs && this.#pending.length + this.#written.length < MAX_QUEUED;
  }

  #whenRoom(): Promise<void> | undefined {
    return this.#hasRoom ? undefined : (this.#room ??= deferred()).promise;
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
