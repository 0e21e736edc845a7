import { systemClock } from "../../util/clock.ts";
import {
  CartesiaConnection,
  type FakeCartesiaContext,
  type FakeCartesiaError,
} from "./cartesia/cartesia-connection.ts";
import { FakeVendor } from "./fake-vendor.ts";
import { VendorServer, type VendorServerOptions } from "./vendor-server.ts";

export type { FakeCartesiaContext, FakeCartesiaError } from "./cartesia/cartesia-connection.ts";

/** Options of a {@link FakeCartesia}. */
export interface FakeCartesiaOptions extends VendorServerOptions {
  /** The key that it accepts. Default "cartesia-test-key". */
  readonly apiKey?: string;
  /** Duration of the audio of one character, in milliseconds. Default 60. */
  readonly msPerCharacter?: number;
  /**
   * Returns the sound of a word, mono PCM at `sampleRate` (Hz), to recognise words by. Default: one tone of 440 Hz for
   * all of a text.
   */
  readonly sound?: (word: string, sampleRate: number, durationMs: number) => Int16Array;
  /** Time from a text to its first chunk, in milliseconds. Default 0. */
  readonly firstChunkMs?: number;
  /** Time between two chunks (150 ms of audio each), in milliseconds. Default 0: all at once. */
  readonly chunkMs?: number;
  /** How many contexts may be active at once; further ones are refused with 429. Default 15. */
  readonly maxContexts?: number;
  /** Closes a connection on which nothing was said for this long, in milliseconds. Default 300 000, as the vendor's. */
  readonly idleTimeoutMs?: number;
  /** Whether the times of words are sent before or after their audio. Default "before". */
  readonly wordTimes?: "before" | "after";
  /** Whether messages of an unknown type are sent as well. Default false. */
  readonly sendsUnknownMessages?: boolean;
}

/**
 * A local server that behaves as Cartesia's `/tts/websocket` does: contexts, continuation, buffering, flushing, word
 * times in seconds from the context's start, cancellation with one chunk still under way, contexts that lapse 1 s after
 * their last audio, a limit of active contexts, errors with a `done` behind them. It speaks a tone whose length follows
 * the text, in chunks that end in the middle of samples.
 *
 * Where the vendor's documentation is silent, it is a guess: that `flush_done` follows the last audio of its text, the
 * words of errors, and what a lapsed context answers.
 *
 * @example
 * ```ts
 * await using cartesia = await FakeCartesia.start();
 * const tts = new CartesiaTTSService({ apiKey: cartesia.apiKey, baseUrl: cartesia.wsUrl });
 * ```
 */
export class FakeCartesia extends FakeVendor {
  readonly #contexts: FakeCartesiaContext[];
  readonly #errors: FakeCartesiaError[];

  private constructor(
    server: VendorServer,
    apiKey: string,
    state: { readonly contexts: FakeCartesiaContext[]; readonly errors: FakeCartesiaError[] },
  ) {
    super(server, apiKey);
    this.#contexts = state.contexts;
    this.#errors = state.errors;
  }

  /** Starts it on a free port of 127.0.0.1. */
  static async start(options: FakeCartesiaOptions = {}): Promise<FakeCartesia> {
    const { apiKey = "cartesia-test-key", clock = systemClock, wordTimes = "before" } = options;
    const { msPerCharacter = 60, firstChunkMs = 0, chunkMs = 0, sendsUnknownMessages = false } = options;
    const { maxContexts = 15, idleTimeoutMs = 300_000 } = options;
    const contexts: FakeCartesiaContext[] = [];
    const errors: FakeCartesiaError[] = [];
    const behaviour = {
      ...{
        clock,
        msPerCharacter,
        sound: options.sound,
        firstChunkMs,
        chunkMs,
        maxContexts,
        idleTimeoutMs,
        wordTimes,
        sendsUnknownMessages,
      },
      contexts,
      takeError: () => errors.shift(),
    };
    const server = await VendorServer.start(
      {
        authorization: { header: "x-api-key", value: apiKey },
        unauthorizedBody: { error: "Invalid API key" },
        connection: (connection) => {
          const { path, headers } = connection.request;
          const isKnown = path === "/tts/websocket" && /^\d{4}-\d\d-\d\d$/.test(headers["cartesia-version"] ?? "");
          return isKnown ? new CartesiaConnection(connection, behaviour) : undefined;
        },
      },
      options,
    );
    return new FakeCartesia(server, apiKey, { contexts, errors });
  }

  /** The contexts so far, oldest first. */
  get contexts(): readonly FakeCartesiaContext[] {
    return this.#contexts;
  }

  /** Reports an error instead of speaking the next text. Several calls are for several texts. */
  failNext(error: FakeCartesiaError): void {
    this.#errors.push(error);
  }
}
