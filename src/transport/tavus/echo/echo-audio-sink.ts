import { randomUUID } from "node:crypto";

import { echoAudioMessage, type EchoAudioMessage } from "../../../api/events/interactions.ts";
import type { StartedSpeakingEvent, StoppedSpeakingEvent } from "../../../api/events/index.ts";
import { PcmPartial } from "../../../audio/pcm-partial.ts";
import type { Clock } from "../../../util/clock.ts";
import { asError, TavusTransportError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import type { AudioSink, PlayoutOutcome } from "../../playout/audio-sink.ts";
import { TimedPlayoutWaits } from "../../playout/timed-playout-waits.ts";
import { DailyCallError } from "../../daily/daily-errors.ts";
import { getEchoChunkSamples, pcmToBase64 } from "./echo-chunks.ts";
import { EstimatedPlayout } from "../../playout/estimated-playout.ts";

/** How far ahead of its playout audio is sent: enough for the renderer, and a bound on what an interruption wastes. */
const WINDOW_MS = 10_000;
/** Tavus cuts off the tail of an utterance unless the end mark is on silence. */
const DONE_SILENCE_MS = 40;

export interface EchoAudioSinkOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** In Hz; Tavus is known to take 16000 and 24000. */
  readonly sampleRate: number;
  readonly conversationId: string;
  /** The room's real limit of an app message, in characters of its JSON. */
  readonly maxMessageCharacters: number;
  send(message: EchoAudioMessage): Promise<void>;
  /** Audio was lost on the way; reported once per utterance. */
  onError(error: Error): void;
  /** For tests. Default: random UUIDs. */
  readonly newId?: () => string;
}

/** The part of a speaking event that the sink needs. */
export type PalSpeaking = Pick<StartedSpeakingEvent, "type"> | Pick<StoppedSpeakingEvent, "type" | "interrupted">;

interface Outgoing {
  readonly inferenceId: string;
  readonly pcm: Int16Array;
  readonly done: boolean;
}

/**
 * The pal's voice as `conversation.echo` messages: one inference id per utterance, and exactly one `done`, on silence,
 * after all its audio. Messages are sent one after the other, since they carry no sequence number.
 */
export class EchoAudioSink implements AudioSink {
  readonly sampleRate: number;
  readonly channels = 1;
  readonly preferredLeadMs = WINDOW_MS;
  readonly #options: EchoAudioSinkOptions;
  readonly #playout: EstimatedPlayout;
  readonly #waits: TimedPlayoutWaits;
  #chunkSamples: number;
  #partial: PcmPartial;
  #outbox: Outgoing[] = [];
  #sending = false;
  #inferenceId: string | undefined;
  /** Of the utterance that audio was last written for, complete or not. */
  #lastInferenceId: string | undefined;
  #reportedId: string | undefined;
  #writtenSamples = 0;
  /** Grows with every flush: nothing from before may be sent. */
  #epoch = 0;
  #closed = false;

  constructor(options: EchoAudioSinkOptions) {
    this.#options = options;
    this.sampleRate = options.sampleRate;
    this.#chunkSamples = getEchoChunkSamples(options.conversationId, options.sampleRate, options.maxMessageCharacters);
    this.#partial = new PcmPartial(this.#chunkSamples);
    this.#playout = new EstimatedPlayout(options.clock, options.logger, options.sampleRate);
    this.#waits = new TimedPlayoutWaits(options.clock, this.#playout);
  }

  get writtenSamples(): number {
    return this.#writtenSamples;
  }

  get playedSamples(): number {
    return this.#playout.playedSamples();
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(pcm: Int16Array): boolean {
    const waitingMs = ((this.#writtenSamples - this.playedSamples) * 1000) / this.sampleRate;
    if (this.#closed || waitingMs > WINDOW_MS) return false;
    this.#writtenSamples += pcm.length;
    const inferenceId = (this.#inferenceId ??= (this.#options.newId ?? randomUUID)());
    this.#lastInferenceId = inferenceId;
    this.#partial.add(pcm, (chunk) => this.#post({ inferenceId, pcm: chunk, done: false }));
    return true;
  }

  endUtterance(): void {
    const inferenceId = this.#inferenceId;
    if (inferenceId === undefined || this.#closed) return;
    this.#inferenceId = undefined;
    const rest = this.#partial.takeRest();
    if (rest) this.#post({ inferenceId, pcm: rest, done: false });
    const silence = Math.min(Math.round((this.sampleRate * DONE_SILENCE_MS) / 1000), this.#chunkSamples);
    this.#post({ inferenceId, pcm: new Int16Array(silence), done: true });
  }

  flush(): number {
    return this.#flush(true);
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#waits.wait(position);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#epoch++;
    this.#outbox = [];
    this.#waits.close();
    return Promise.resolve();
  }

  /** The pal started or stopped speaking; pass each such event once. */
  palSpeaking(event: PalSpeaking): void {
    if (event.type === "startedSpeaking") this.#playout.started();
    else if (this.#playout.stopped(event.interrupted)) this.#flush(false);
    this.#waits.update();
  }

  #flush(byUs: boolean): number {
    const written = this.#writtenSamples;
    this.#epoch++;
    this.#outbox = [];
    this.#partial.clear();
    this.#inferenceId = undefined;
    this.#writtenSamples = this.#playout.flush(byUs);
    this.#waits.flush();
    if (written > this.#writtenSamples) this.#logCut(written - this.#writtenSamples, byUs);
    return this.#writtenSamples;
  }

  #logCut(samples: number, byUs: boolean): void {
    const notHeardMs = Math.round((samples * 1000) / this.sampleRate);
    const by = byUs ? "the bot" : "Tavus";
    this.#options.logger.debug("Speech was cut.", { inferenceId: this.#lastInferenceId, notHeardMs, by });
  }

  #post(outgoing: Outgoing): void {
    this.#outbox.push(outgoing);
    if (!this.#sending) void this.#sendAll();
  }

  /** Never rejects. */
  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let next = this.#outbox.shift(); next; next = this.#outbox.shift()) {
      if (next.done) this.#playout.endUtterance();
      else this.#playout.sent(next.pcm.length);
      this.#waits.update();
      await this.#send(next, this.#epoch);
    }
    this.#sending = false;
  }

  async #send(outgoing: Outgoing, epoch: number): Promise<void> {
    try {
      await this.#sendNow(outgoing);
    } catch (thrown) {
      if (epoch !== this.#epoch) return;
      await this.#sendAgain(outgoing, asError(thrown), epoch);
    }
  }

  /** Sends once more: in halves a message that was too long, unchanged one whose failure may have passed. */
  async #sendAgain(outgoing: Outgoing, error: Error, epoch: number): Promise<void> {
    const tooLong = error instanceof DailyCallError && error.code === "messageTooLarge";
    if (!tooLong && !(error instanceof TavusTransportError && error.retryable)) {
      this.#report(outgoing, error);
      return;
    }
    const parts = tooLong ? this.#halves(outgoing) : [outgoing];
    for (const part of parts) {
      if (epoch !== this.#epoch) return;
      try {
        await this.#sendNow(part);
      } catch (thrown) {
        if (epoch === this.#epoch) this.#report(outgoing, asError(thrown));
        return;
      }
    }
  }

  #halves({ inferenceId, pcm, done }: Outgoing): Outgoing[] {
    const middle = Math.ceil(pcm.length / 2);
    this.#shrinkChunks(middle);
    return [
      { inferenceId, pcm: pcm.subarray(0, middle), done: false },
      { inferenceId, pcm: pcm.subarray(middle), done },
    ];
  }

  #shrinkChunks(samples: number): void {
    if (samples >= this.#chunkSamples) return;
    this.#options.logger.warn(
      "The room accepts shorter app messages than it announced; audio is sent in shorter ones.",
      {
        chunkMs: (samples * 1000) / this.sampleRate,
      },
    );
    this.#chunkSamples = samples;
    const rest = this.#partial.takeRest();
    this.#partial = new PcmPartial(samples);
    const inferenceId = this.#inferenceId;
    if (rest && inferenceId !== undefined)
      this.#partial.add(rest, (chunk) => this.#outbox.push({ inferenceId, pcm: chunk, done: false }));
  }

  #sendNow({ inferenceId, pcm, done }: Outgoing): Promise<void> {
    const audio = pcmToBase64(pcm);
    const { conversationId } = this.#options;
    return this.#options.send(
      echoAudioMessage(conversationId, { inferenceId, audio, sampleRate: this.sampleRate, done }),
    );
  }

  #report({ inferenceId }: Outgoing, error: Error): void {
    if (this.#reportedId === inferenceId) return;
    this.#reportedId = inferenceId;
    this.#options.onError(error);
  }
}
