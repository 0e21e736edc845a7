import { createVendorError } from "../vendor/index.ts";
import type { VendorContext, VendorMessage, VendorReading } from "../speech/speech-protocol.ts";
import type { VendorWord } from "../speech/spoken-text.ts";

/** Name of the vendor in messages. */
export const CARTESIA = "Cartesia";

/** Tags of Cartesia in a text, such as a break; they may be reported as words. */
const TAG = /<\/?(?:spell|emotion|break|volume|speed)\b[^>]*>/giu;
/** Scripts without spaces, whose words are reported character by character, and their marks. */
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{P}]+$/u;
const UNSPACED_LETTER = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/u;

/**
 * A context of Cartesia's WebSocket. Each text is followed by a manual flush, whose answer marks the end of its audio.
 * Without that answer (what happens to it in every case is not documented), the context is ended after a pause, which
 * the vendor answers with "done".
 */
export class CartesiaContext implements VendorContext {
  readonly #request: object;
  readonly #identity: { readonly context_id: string };
  readonly #secrets: readonly string[];
  #texts = 0;
  #heard = false;

  /** `request` has the fields that are the same for all texts of a context. */
  constructor(id: string, request: object, secrets: readonly string[]) {
    this.#request = request;
    this.#identity = { context_id: id };
    this.#secrets = secrets;
  }

  speak(text: string): readonly object[] {
    // Texts are joined verbatim.
    const transcript = this.#texts > 0 && !UNSPACED_LETTER.test(text.charAt(0)) ? ` ${text.trimStart()}` : text;
    this.#texts++;
    this.#heard = false;
    return [this.#input({ transcript, continue: true }), this.#input({ transcript: "", continue: true, flush: true })];
  }

  finish(): readonly object[] {
    return [this.#input({ transcript: "", continue: false })];
  }

  cancel(): readonly object[] {
    return [{ ...this.#identity, cancel: true }];
  }

  read(message: VendorMessage): readonly VendorReading[] {
    switch (message.type) {
      case "chunk":
        return this.#readChunk(message.data);
      case "timestamps":
        return [{ type: "words", words: readWords(message.word_timestamps) }];
      case "flush_done":
        // With max_buffer_delay_ms 0 the vendor may flush by itself too: the answer to ours then has no audio before it.
        return this.#heard ? this.#readTextEnd() : [{ type: "words", words: [] }];
      case "done":
        return [{ type: "contextEnd" }];
      case "error":
        return [{ type: "error", error: readCartesiaError(message, this.#secrets) }];
      default:
        return [];
    }
  }

  #readChunk(data: unknown): readonly VendorReading[] {
    if (typeof data !== "string" || data === "") return [];
    this.#heard = true;
    return [{ type: "audio", bytes: Buffer.from(data, "base64") }];
  }

  #readTextEnd(): readonly VendorReading[] {
    this.#heard = false;
    return [{ type: "textEnd" }];
  }

  #input(fields: object): object {
    return { ...this.#identity, ...this.#request, ...fields };
  }
}

/** Reads an error frame. */
export function readCartesiaError(message: VendorMessage, secrets: readonly string[]): Error {
  const { title, message: text, error, status_code: status } = message;
  const reason = [title, text, error].filter((part) => typeof part === "string" && part !== "").join(": ");
  const known = typeof status === "number" && status >= 400 ? status : undefined;
  return createVendorError({ service: CARTESIA, what: "reported an error", status: known, reason, secrets });
}

/** Reads word times, which are in seconds. Characters of scripts without spaces are joined. */
function readWords(times: unknown): readonly VendorWord[] {
  const { words, start, end } = (times ?? {}) as { words?: unknown; start?: unknown; end?: unknown };
  if (!Array.isArray(words) || !Array.isArray(start)) return [];
  const found: { text: string; startMs: number; endMs: number }[] = [];
  for (const [i, word] of words.entries()) {
    const startS: unknown = start[i];
    const endS: unknown = Array.isArray(end) ? end[i] : undefined;
    if (typeof word !== "string" || typeof startS !== "number") continue;
    const text = word.replaceAll(TAG, " ").trim();
    if (text === "") continue;
    const startMs = startS * 1000;
    const endMs = typeof endS === "number" ? endS * 1000 : startMs;
    const last = found.at(-1);
    if (last && UNSPACED_LETTER.test(last.text) && UNSPACED.test(last.text) && UNSPACED.test(text)) {
      last.text += text;
      last.endMs = endMs;
    } else {
      found.push({ text, startMs, endMs });
    }
  }
  return found;
}
