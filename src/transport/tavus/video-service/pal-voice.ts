import {
  type Frame,
  OutputAudioRawFrame,
  TTSAudioRawFrame,
  type TTSStoppedFrame,
  TTSStartedFrame,
  TTSTextFrame,
} from "../../../frames/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { chunkLike } from "../../base/media-sender/entries.ts";
import { interruptAll } from "../../base/media-sender/interruption.ts";
import { MediaSender } from "../../base/media-sender/media-sender.ts";
import type { PcmResamplerFactory } from "../../base/media-sender/output-format.ts";
import type { InterruptionNotice } from "../../base/interruption-notice.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import { PalSink } from "./pal-sink.ts";
import type { ReturnedBlock } from "./returned-voice.ts";
import { type PlacedChunk, SpokenPart } from "./spoken-part.ts";

/** What a {@link PalVoice} does through its processor. */
export interface PalVoiceHost {
  push(frame: Frame): void;
  pushError(error: Error): void;
  /** Asks the pal to be silent; when that has been sent, speech continues. Undefined when it cannot be asked. */
  interruptPal(): InterruptionNotice | undefined;
}

export interface PalVoiceOptions {
  readonly clock: Clock;
  /** In Hz. */
  readonly sampleRate: number;
  readonly chunkMs: number;
  /** How much audio may wait before frames have to wait as well, in milliseconds. */
  readonly maxQueuedMs: number;
  /** Whether words are held back while the pal is silent. */
  readonly holds: boolean;
  readonly createResampler: PcmResamplerFactory;
  readonly host: PalVoiceHost;
}

/**
 * The bot's voice on its way through the pal. It takes the frames of a TTS service. To a pal it sends their audio, and passes
 * on their words when they have returned from it. Without a pal it passes on the audio itself; and when a pal fails in the
 * middle of a sentence, what it has not said, from the last word on.
 */
export class PalVoice {
  readonly #host: PalVoiceHost;
  readonly #sampleRate: number;
  readonly #sink: PalSink;
  readonly #sender: MediaSender;
  readonly #spoken: SpokenPart;
  /** How far the audio of the current context was heard, and in which position that is. */
  #context: { readonly id: string | undefined; heardMs: number; position: number } | undefined;
  /** Where the audio begins that is passed on without a pal. */
  #straightFrom = 0;

  constructor(options: PalVoiceOptions) {
    const { clock, sampleRate, chunkMs, maxQueuedMs, createResampler, host } = options;
    this.#host = host;
    this.#sampleRate = sampleRate;
    this.#sink = new PalSink({ clock, sampleRate, holds: options.holds });
    this.#spoken = new SpokenPart(sampleRate);
    this.#sender = new MediaSender({
      ...{ clock, chunkMs, maxQueuedMs, createResampler, sink: this.#sink },
      destination: undefined,
      background: undefined,
      host: {
        push: (frame) => this.#released(frame),
        deliver: (frame) => this.#released(frame),
        // Whether the bot is heard is for the output to say.
        broadcast: () => undefined,
        pushError: (error) => host.pushError(error),
      },
    });
  }

  /** Whether something waits to be said, or is being said. */
  get busy(): boolean {
    return this.#sender.busy;
  }

  /** Whether the pal speaks. */
  get routed(): boolean {
    return this.#sink.routed;
  }

  /** From sending until it returns, in milliseconds; undefined until it has been measured. */
  get latencyMs(): number | undefined {
    return this.#sink.latencyMs;
  }

  /** Audio that waits to be said, in milliseconds. */
  get waitingMs(): number {
    return this.#sender.aheadMs;
  }

  /** For how long the pal has not said what it was sent, in milliseconds. */
  missingMs(): number {
    this.#keepSending();
    return this.#sink.missingMs();
  }

  /** Takes audio. The promise, if there is one, resolves when more may be given. */
  audio(frame: OutputAudioRawFrame, signal: AbortSignal): Promise<void> | undefined {
    return this.#sender.audio(frame, signal);
  }

  /** Ends the utterance. */
  ttsStopped(frame: TTSStoppedFrame): void {
    this.#sender.ttsStopped(frame);
  }

  /** Takes any other ordered frame. Returns as {@link audio}. */
  frame(frame: Frame): Promise<void> | undefined {
    return this.#sender.frame(frame);
  }

  /** A pal is awaited: speech waits. */
  awaitPal(): void {
    if (!this.#sink.routed) this.#sender.listen("awaited");
  }

  /**
   * The pal speaks from here on. To be called while nothing is being said, or while a pal is awaited. `isPaced`: the sink plays
   * in real time.
   */
  usePal(sink: AudioSink, isPaced: boolean): void {
    this.#spoken.clear();
    this.#context = undefined;
    this.#sink.usePal(sink, isPaced);
    this.#sender.listen("heard");
  }

  /** There is no pal, or not any more: what it has not said is passed on, from the last word that was heard. */
  goStraight(): void {
    if (this.#sink.routed) this.#takeUp();
    this.#sender.listen("heard");
  }

  /** Takes a block that has returned from the pal. Returns whether it may be heard. */
  returned(block: ReturnedBlock): boolean {
    const passes = this.#sink.returned(block);
    this.#keepSending();
    return passes;
  }

  /** Interrupts what is said; then passes the frame on. */
  interrupt(pass: () => void): Promise<void> {
    return interruptAll([this.#sender], {
      onSilent: (playingOn) => {
        if (playingOn.size > 0) return;
        this.#spoken.clear();
        const notice = this.#sink.routed ? this.#host.interruptPal() : undefined;
        if (notice) this.#sender.holdSpeech(notice);
      },
      onStopped: pass,
    });
  }

  /** Resolves when everything has been heard. */
  drain(): Promise<void> {
    return this.#sender.drain();
  }

  /** Ends what is said, at once. Idempotent. */
  close(): Promise<void> {
    return this.#sender.close();
  }

  /** The sender waits for what returns; what the pal is sent must not wait for that. */
  #keepSending(): void {
    if (this.#sink.routed) this.#sender.listen("heard");
  }

  #takeUp(): void {
    const { playedSamples, writtenSamples } = this.#sink;
    const isCut = playedSamples < writtenSamples;
    this.#straightFrom = isCut ? this.#spoken.resumeAt(this.#sink.certainSamples) : playedSamples;
    this.#sink.goStraight();
    for (const chunk of this.#spoken.after(this.#straightFrom)) this.#passOn(chunk);
    this.#spoken.clear();
  }

  #released(frame: Frame): void {
    if (frame instanceof OutputAudioRawFrame) {
      this.#audioReleased(frame);
    } else {
      if (frame instanceof TTSStartedFrame) this.#spoken.clear();
      if (frame instanceof TTSTextFrame) this.#wordReleased(frame);
      this.#host.push(frame);
    }
  }

  #audioReleased(frame: OutputAudioRawFrame): void {
    const from = this.#sink.positionOf(frame.audio);
    if (from === undefined) return;
    const contextId = frame instanceof TTSAudioRawFrame ? frame.contextId : undefined;
    if (!this.#context || this.#context.id !== contextId) this.#context = { id: contextId, heardMs: 0, position: from };
    this.#context.heardMs += frame.durationMs;
    this.#context.position = from + frame.audio.length;
    if (this.#sink.routed) this.#spoken.heard({ frame, from });
    else this.#passOn({ frame, from });
  }

  /** Its time is that of the audio before it, from here on. */
  #wordReleased(frame: TTSTextFrame): void {
    if (frame.ptsMs !== undefined) this.#spoken.wordBegan(this.#positionOf(frame));
    frame.ptsMs = undefined;
    frame.audioOffsetMs = undefined;
  }

  #positionOf({ audioOffsetMs, contextId }: TTSTextFrame): number {
    const { playedSamples } = this.#sink;
    const context = this.#context;
    if (audioOffsetMs === undefined || context === undefined || context.id !== contextId) return playedSamples;
    const position = context.position + ((audioOffsetMs - context.heardMs) * this.#sampleRate) / 1000;
    return Math.min(playedSamples, Math.round(position));
  }

  #passOn({ frame, from }: PlacedChunk): void {
    const skipped = Math.max(0, this.#straightFrom - from);
    if (skipped >= frame.audio.length) return;
    this.#host.push(skipped === 0 ? frame : chunkLike(frame, frame.audio.subarray(skipped), frame.sampleRate));
  }
}
