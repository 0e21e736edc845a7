import type { ErrorCategory } from "../../frames/index.ts";
import type { VendorContext, VendorMessage, VendorReading } from "../speech/speech-protocol.ts";
import { createVendorError } from "../vendor/index.ts";
import { AlignmentReader } from "./alignment-reader.ts";

/** Name of the vendor in messages. */
export const ELEVENLABS = "ElevenLabs";

/** Categories of the vendor's errors, by words in their names. The vendor publishes no list. */
const CATEGORIES: readonly (readonly [RegExp, ErrorCategory])[] = [
  [/quota|credit|payment/i, "quota"],
  [/api_?key|unauthorized|unauthenticated/i, "authentication"],
  [/max_active|concurren|rate_?limit|busy|too_many/i, "rateLimit"],
  [/voice|model|invalid|unsupported/i, "invalidRequest"],
];

/** Options of an {@link ElevenLabsContext}. */
export interface ElevenLabsContextOptions {
  readonly id: string;
  /** The fields of the message that opens the context, such as the settings of the voice. */
  readonly opening: object;
  /** Sample rate of the audio in Hz. */
  readonly sampleRate: number;
  readonly secrets: readonly string[];
}

/**
 * A context of ElevenLabs' multi-context WebSocket. Each text is flushed. A flush is not answered, so the end of a text is
 * recognised by the alignment of its last character. Without that, the context is closed after a pause: the vendor then
 * sends what is left, and a final message.
 */
export class ElevenLabsContext implements VendorContext {
  readonly #options: ElevenLabsContextOptions;
  readonly #identity: { readonly context_id: string };
  readonly #alignment = new AlignmentReader();
  #state: "new" | "open" | "closed" = "new";
  #audioMs = 0;

  constructor(options: ElevenLabsContextOptions) {
    this.#options = options;
    this.#identity = { context_id: options.id };
  }

  speak(text: string): readonly object[] {
    this.#alignment.expect(text);
    // A text must end with a space; settings are taken from the first message only, whose text is a space.
    const spoken = { text: `${text.trim()} `, ...this.#identity, flush: true };
    const opening = this.#state === "new" ? [{ text: " ", ...this.#identity, ...this.#options.opening }] : [];
    this.#state = "open";
    return [...opening, spoken];
  }

  /** The vendor speaks what it has and sends a final message. */
  finish(): readonly object[] {
    if (this.#state !== "open") return [];
    this.#state = "closed";
    return [{ ...this.#identity, close_context: true }];
  }

  /** There is no other way to stop a context; what still arrives is ignored. */
  cancel(): readonly object[] {
    return this.finish();
  }

  keepAlive(): readonly object[] {
    // Before the opening message it would be refused.
    return this.#state === "open" ? [{ text: "", ...this.#identity }] : [];
  }

  read(message: VendorMessage): readonly VendorReading[] {
    const error = readElevenLabsError(message, this.#options.secrets);
    if (error) return [{ type: "error", error }];
    const readings: VendorReading[] = [];
    const { audio, alignment, isFinal, is_final: isFinalToo } = message;
    const startMs = this.#audioMs;
    const hasAudio = typeof audio === "string" && audio !== "";
    if (hasAudio) {
      const bytes = Buffer.from(audio, "base64");
      this.#audioMs += (bytes.length / 2 / this.#options.sampleRate) * 1000;
      readings.push({ type: "audio", bytes });
    }
    const words = [...this.#alignment.read(alignment, hasAudio ? startMs : undefined)];
    const ends = isFinal === true || isFinalToo === true;
    const isComplete = this.#alignment.isComplete(this.#audioMs);
    if (ends || isComplete) words.push(...this.#alignment.takePartial());
    if (words.length > 0) readings.push({ type: "words", words });
    if (ends) {
      readings.push({ type: "contextEnd" });
    } else if (isComplete) {
      this.#alignment.expect("");
      readings.push({ type: "textEnd" });
    }
    return readings;
  }
}

/** Reads an error. Undefined for any other message, and for the end of an idle connection. */
export function readElevenLabsError(message: VendorMessage, secrets: readonly string[]): Error | undefined {
  const { error, message: text } = message;
  if (typeof error !== "string" || error === "" || /input_timeout/i.test(error)) return undefined;
  const category = CATEGORIES.find(([pattern]) => pattern.test(error))?.[1];
  const reason = typeof text === "string" ? `${error}: ${text}` : error;
  return createVendorError({ service: ELEVENLABS, what: "reported an error", category, reason, secrets });
}
