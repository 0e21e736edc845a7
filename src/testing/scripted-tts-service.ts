import { TTSService, type TTSChunk, type TTSServiceOptions } from "../services/index.ts";
import { sleep } from "../util/deadline.ts";

/** How one request goes: "silent" ends without audio, "hangs" gives nothing and never ends. */
export type ScriptedSpeech = "speaks" | "silent" | "hangs" | Error;

export interface ScriptedTTSServiceOptions extends TTSServiceOptions {
  /** How the requests go, in their order; those after them speak. Default: all speak. */
  readonly requests?: readonly ScriptedSpeech[];
  /** From the request to the first audio. Default 100. */
  readonly latencyMs?: number;
  /** How long a word lasts. Default 250. */
  readonly wordMs?: number;
  /** How long each word takes to be made, after the first. Default 0: all at once. */
  readonly wordDelayMs?: number;
  /** Whether the times of words are told. Default true. */
  readonly wordTimestamps?: boolean;
  /** The sound of a word, mono at `sampleRate`. Default: a tone of `wordMs`, its pitch by the word's place. */
  readonly sound?: (word: string, sampleRate: number) => Int16Array;
}

const AMPLITUDE = 8000;

/** Speaks in tones, one for each word. */
export class ScriptedTTSService extends TTSService {
  /** What it was asked to speak. */
  readonly requests: { readonly text: string; readonly contextId: string }[] = [];
  /** Contexts that are over. */
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
      const pcm = this.#sound(word, index);
      yield { type: "audio", pcm };
      if (wordTimestamps) yield { type: "words", words: [{ text: word, offsetMs }] };
      offsetMs += (pcm.length / this.sampleRate) * 1000;
    }
  }

  protected override contextEnded(contextId: string, interrupted: boolean): void {
    this.ended.push({ contextId, interrupted });
  }

  #sound(word: string, index: number): Int16Array {
    const { sound, wordMs = 250 } = this.#options;
    return sound?.(word, this.sampleRate) ?? tone(300 + 50 * (index % 8), this.sampleRate, wordMs);
  }
}

function tone(hz: number, sampleRate: number, durationMs: number): Int16Array {
  const pcm = new Int16Array(Math.round((sampleRate * durationMs) / 1000));
  for (let i = 0; i < pcm.length; i++) pcm[i] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / sampleRate));

  return pcm;
}
