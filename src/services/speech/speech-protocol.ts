import type { SpeechEndpoint } from "./speech-connection.ts";
import type { VendorWord } from "./spoken-text.ts";

/** A message of a vendor: a JSON object whose fields nothing has checked. */
export type VendorMessage = Readonly<Record<string, unknown>>;

/** What a vendor's message says about a context. */
export type VendorReading =
  | {
      readonly type: "audio";
      /** Signed 16-bit little-endian PCM, mono. May end in the middle of a sample. */
      readonly bytes: Uint8Array;
    }
  | {
      readonly type: "words";
      /** Words in order, with times from the beginning of the context's audio. */
      readonly words: readonly VendorWord[];
    }
  /** The audio of the text under way is complete. */
  | { readonly type: "textEnd" }
  /** Nothing more will arrive for the context. */
  | { readonly type: "contextEnd" }
  | { readonly type: "error"; readonly error: Error };

/** One utterance at a vendor: texts that follow each other, with one prosody. Creates and reads the vendor's messages. */
export interface VendorContext {
  /** Creates the messages that have a text spoken; the first text opens the context. */
  speak(text: string): readonly object[];
  /** Creates the messages after which the vendor speaks what it has and then ends the context. */
  finish(): readonly object[];
  /** Creates the messages that stop the context. */
  cancel(): readonly object[];
  /** Creates the messages that keep the context and its connection open. */
  keepAlive?(): readonly object[];
  /** Reads a message about this context. Fields of the wrong type count as absent. */
  read(message: VendorMessage): readonly VendorReading[];
}

/** How a vendor speaks several contexts over one WebSocket. */
export interface SpeechProtocol {
  /** Name of the vendor, which begins every error message. */
  readonly service: string;
  /** A context without audio for this long has lapsed, in milliseconds. Default: never. */
  readonly lapseMs?: number;
  /**
   * How many contexts one connection may have. One that was ended counts until the vendor has reported its end. Default:
   * no limit.
   */
  readonly maxContexts?: number;
  /** Interval at which open contexts are kept alive, in milliseconds. Default: they are not. */
  readonly keepAliveMs?: number;
  /** Where to connect to, with the present settings. */
  endpoint(): SpeechEndpoint;
  /** Creates a context with the present settings. */
  newContext(id: string): VendorContext;
  /** Returns the id of the context that a message is about. */
  readContextId(message: VendorMessage): string | undefined;
  /** Returns the error in a message that is about no known context. */
  readError(message: VendorMessage): Error | undefined;
}
