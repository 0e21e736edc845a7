import { systemClock } from "../../util/clock.ts";
import {
  ElevenLabsConnection,
  type FakeElevenLabsContext,
  type FakeElevenLabsError,
} from "./elevenlabs/elevenlabs-connection.ts";
import { FakeVendor } from "./fake-vendor.ts";
import { VendorServer, type VendorServerOptions } from "./vendor-server.ts";

export type { FakeElevenLabsContext, FakeElevenLabsError } from "./elevenlabs/elevenlabs-connection.ts";

/** Options of a {@link FakeElevenLabs}. */
export interface FakeElevenLabsOptions extends VendorServerOptions {
  /** The key that it accepts. Default "elevenlabs-test-key". */
  readonly apiKey?: string;
  /** Duration of the audio of one character, in milliseconds. Default 60. */
  readonly msPerCharacter?: number;
  /** Time from a text to its first chunk, in milliseconds. Default 0. */
  readonly firstChunkMs?: number;
  /** Time between two chunks (170 ms of audio each), in milliseconds. Default 0: all at once. */
  readonly chunkMs?: number;
  /** How many contexts a connection may have; one more closes it with 1008. Default 5, as the vendor's. */
  readonly maxContexts?: number;
  /** Closes a connection that receives nothing for this long, in milliseconds. Default: as the client asks. */
  readonly inactivityTimeoutMs?: number;
  /**
   * Whether an alignment is sent together with its audio, or in a message before or after it. "lossy": together, but
   * without punctuation. Default "together".
   */
  readonly alignment?: "together" | "before" | "after" | "lossy";
  /** Whether messages of an unknown type are sent as well. Default false. */
  readonly sendsUnknownMessages?: boolean;
}

const PATH = /^\/v1\/text-to-speech\/[^/]+\/multi-stream-input$/;

/**
 * A local server that behaves as ElevenLabs' multi-context WebSocket does: contexts that are opened by their first message
 * and closed by the client, a limit of five of them (one that was closed counts until it has spoken what it was given), a
 * final message only for those that were closed, alignments relative to their chunk, ids by two names, an end for idle
 * connections, 1008 for what it does not take. It speaks a tone whose length follows the text.
 *
 * Where the vendor's documentation is silent, it is a guess: the words of errors, and when exactly a connection is closed.
 *
 * @example
 * ```ts
 * await using elevenlabs = await FakeElevenLabs.start();
 * const tts = new ElevenLabsTTSService({ apiKey: elevenlabs.apiKey, baseUrl: elevenlabs.wsUrl });
 * ```
 */
export class FakeElevenLabs extends FakeVendor {
  readonly #contexts: FakeElevenLabsContext[];
  readonly #errors: FakeElevenLabsError[];

  private constructor(
    server: VendorServer,
    apiKey: string,
    state: { readonly contexts: FakeElevenLabsContext[]; readonly errors: FakeElevenLabsError[] },
  ) {
    super(server, apiKey);
    this.#contexts = state.contexts;
    this.#errors = state.errors;
  }

  /** Starts it on a free port of 127.0.0.1. */
  static async start(options: FakeElevenLabsOptions = {}): Promise<FakeElevenLabs> {
    const { apiKey = "elevenlabs-test-key", clock = systemClock, alignment = "together" } = options;
    const { msPerCharacter = 60, firstChunkMs = 0, chunkMs = 0, maxContexts = 5 } = options;
    const { inactivityTimeoutMs, sendsUnknownMessages = false } = options;
    const contexts: FakeElevenLabsContext[] = [];
    const errors: FakeElevenLabsError[] = [];
    const behaviour = {
      ...{ clock, alignment, msPerCharacter, firstChunkMs, chunkMs, maxContexts, inactivityTimeoutMs },
      ...{ sendsUnknownMessages, contexts },
      takeError: () => errors.shift(),
    };
    const server = await VendorServer.start(
      {
        authorization: { header: "xi-api-key", value: apiKey },
        unauthorizedBody: { detail: { status: "invalid_api_key", message: "Invalid API key" } },
        connection: (connection) => {
          const { path, query } = connection.request;
          const isKnown = PATH.test(path) && query.get("model_id")?.startsWith("eleven_") === true;
          return isKnown ? new ElevenLabsConnection(connection, behaviour) : undefined;
        },
      },
      options,
    );
    return new FakeElevenLabs(server, apiKey, { contexts, errors });
  }

  /** The contexts so far, oldest first. */
  get contexts(): readonly FakeElevenLabsContext[] {
    return this.#contexts;
  }

  /** Reports an error instead of speaking the next text. Several calls are for several texts. */
  failNext(error: FakeElevenLabsError): void {
    this.#errors.push(error);
  }
}
