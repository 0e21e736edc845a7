import { TTSService, type TTSChunk, type TTSServiceOptions } from "../services/index.ts";
import { sleep } from "../util/deadline.ts";
import { testTone } from "./test-tone.ts";

/**
 * How one request behaves: "speaks" yields audio, "silent" ends without audio, "hangs" never ends, an error is thrown.
 */
export type ScriptedSpeech = "speaks" | "silent" | "hangs" | Error;

/** Options of a {@link ScriptedTTSService}. */
export interface ScriptedTTSServiceOptions extends TTSServiceOptions {
  /** How the requests behave, in order; later ones speak. Default: all speak. */
  readonly requests?: readonly ScriptedSpeech[];
  /** Time from the request to the first audio, in milliseconds. Default 100. */
  readonly latencyMs?: number;
  /** Duration of a word in milliseconds. Default 250. */
  readonly wordMs?: number;
  /** Time it takes to generate each word after the first, in milliseconds. Default 0: all at once. */
  readonly wordDelayMs?: number;
  /** Whether word timestamps are reported. Default true. */
  readonly wordTimestamps?: boolean;
  /**
   * Returns the sound of a word, mono at `sampleRate`. Default: a tone of `wordMs` whose pitch depends on the word's
   * position.
   */
  readonly sound?: (word: string, sampleRate: number) => Int16Array;
}

/** A text-to-speech service that speaks in tones, one per word. */
export class ScriptedTTSService extends TTSService {
  /** The texts it was asked to speak. */
  readonly requests: { readonly text: string; readonly contextId: string }[] = [];
  /** Utterances that have ended. */
  readonly ended: { readonly contextId: string; readonly interrupted: boolean }[] = [];
  readonly #options: ScriptedTTSServiceOptions;

  constructor(options: ScriptedTTSServiceOptions = {}) {
    super({ voice: "tone" }, { name: "ScriptedTTSService", ...options });
    this.#options = options;
  }

  protected override async *runTTS(text: string, contextId: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    const { latencyMs = 100, wordDelayMs = 0, wordTimestamps = true } = this.#options;
    this.requests.push({ text, contextId });
    const how = this.#options.requests?.[this.requests.length - 1] ?? "speaks";
    await sleep(this.clock, latencyMs, signal);
    if (how instanceof Error) throw how;
    if (how === "hangs") await new Promise(() => undefined);
    if (how !== "speaks") return;
    let offsetMs = 0;
    for (const [index, word] of (text.match(/\S+/gu) ?? []).entries()) {
      if (index > 0 && wordDelayMs > 0) await sleep(this.clock, wordDelayMs, signal);
      const pcm = this.#createSound(word, index);
      yield { type: "audio", pcm };
      if (wordTimestamps) yield { type: "words", words: [{ text: word, offsetMs }] };
      offsetMs += (pcm.length / this.sampleRate) * 1000;
    }
  }

  protected override contextEnded(contextId: string, interrupted: boolean): void {
    this.ended.push({ contextId, interrupted });
  }

  #createSound(word: string, index: number): Int16Array {
    const { sound, wordMs = 250 } = this.#options;
    return sound?.(word, this.sampleRate) ?? testTone(300 + 50 * (index % 8), this.sampleRate, wordMs);
  }
}
