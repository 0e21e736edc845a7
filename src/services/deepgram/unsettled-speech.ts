import type { STTTranscript } from "../stt-service.ts";
import type { DeepgramResults, DeepgramTranscription } from "./deepgram-results.ts";

/**
 * Collects the settled pieces of one stretch of speech, so that they become one transcript. Deepgram settles an utterance
 * in several pieces, and says of none of them that it is the last.
 */
export class UnsettledSpeech {
  #pieces: DeepgramResults[] = [];
  /** Whether preliminary words have arrived that no settled piece has covered. */
  #more = false;
  /** End of the audio that settled pieces cover, in seconds from the start of the connection. */
  #coveredSeconds = 0;

  /** Whether there is anything to push. */
  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Adds a result, settled or preliminary. Returns what is known so far, for an interim transcript. */
  add(results: DeepgramResults): STTTranscript {
    const hasText = results.text !== "";
    if (results.isFinal) {
      this.#coveredSeconds = Math.max(this.#coveredSeconds, results.untilSeconds);
      this.#more = false;
      if (hasText) this.#pieces.push(results);
    } else {
      this.#more ||= hasText;
    }
    return join(results.isFinal || !hasText ? this.#pieces : [...this.#pieces, results]);
  }

  /** Whether everything up to this second of the connection's audio is settled. */
  covers(seconds: number): boolean {
    return !this.#more && this.#coveredSeconds >= seconds;
  }

  /** Removes the pieces and returns them as one transcript; blank when there are none. */
  take(): STTTranscript {
    const taken = join(this.#pieces);
    this.#pieces = [];
    this.#more = false;
    return taken;
  }

  /** Another connection begins, whose audio counts from 0. */
  restart(): void {
    this.#coveredSeconds = 0;
    this.#more = false;
  }
}

function join(pieces: readonly DeepgramResults[]): STTTranscript {
  const result: DeepgramTranscription = {
    words: pieces.flatMap(({ words }) => words),
    messages: pieces.map(({ message }) => message),
  };
  return {
    text: pieces.map(({ text }) => text).join(" "),
    language: pieces.find(({ language }) => language !== undefined)?.language,
    result,
  };
}
