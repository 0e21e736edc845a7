import { type Clock, systemClock } from "../../util/clock.ts";
import { ListenV1 } from "./deepgram/listen-v1.ts";
import { findInvalidThreshold, ListenV2 } from "./deepgram/listen-v2.ts";
import { type FakeDeepgramScript, ScriptReader } from "./deepgram/script.ts";
import { speak } from "./deepgram/speak.ts";
import { FakeVendor } from "./fake-vendor.ts";
import { type VendorRefusal, type VendorRequest, VendorServer, type VendorServerOptions } from "./vendor-server.ts";

export type { FakeDeepgramScript, FakeDeepgramUtterance } from "./deepgram/script.ts";

/** Options of a {@link FakeDeepgram}. */
export interface FakeDeepgramOptions extends VendorServerOptions {
  /** What it understands, one entry per utterance. When the list is over, it hears noise. Default: an empty list. */
  readonly transcripts?: FakeDeepgramScript;
  /** The key that it accepts. Default "deepgram-test-key". */
  readonly apiKey?: string;
  /** How long each message takes, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Closes a connection that is silent for this long, in milliseconds. Default 10 000, as the vendor's. */
  readonly idleTimeoutMs?: number;
  /**
   * A `Finalize` that finds less audio than this without a result, and no words, is not answered. In milliseconds.
   * Default 500.
   */
  readonly finalizeBufferMs?: number;
  /** Waits this long before each piece of speech of 100 ms, in milliseconds. Default 0: faster than real time. */
  readonly speakPieceMs?: number;
  /** Flux: quiet after which it expects the end of the turn, in milliseconds of audio. Default 150. */
  readonly eagerAfterMs?: number;
  /** Flux: quiet after which the turn is over, in milliseconds of audio. Default 300. */
  readonly endOfTurnAfterMs?: number;
  /** Flux: whether it sends `Connected`. Default true. */
  readonly sendsConnected?: boolean;
  /** Flux: whether it answers `Configure`. Default true. */
  readonly answersConfigure?: boolean;
}

const MODELS_V1 = /^(nova|enhanced|base|whisper)(-|$)/;
const MODELS_V2 = new Set(["flux-general-en", "flux-general-multi"]);

/**
 * A local server that behaves as Deepgram does: `/v1/listen`, Flux on `/v2/listen`, and `/v1/speak`. It detects speech in
 * the audio by its level, and answers each utterance with the next of `transcripts`: interim results, words with times,
 * ends of speech, Flux's turns. All of its times are times of the audio it has received, which may be faster than real
 * time.
 *
 * It refuses what the vendor refuses (wrong keys, unknown models and rates) and closes connections as the vendor does.
 * Where the vendor's documentation is silent, it is a guess: the bodies of refusals, what it does with unknown messages,
 * and what Flux sends for a turn that is open at `CloseStream`.
 *
 * @example
 * ```ts
 * await using deepgram = await FakeDeepgram.start({ transcripts: ["Hello.", "Do you have pears?"] });
 * const stt = new DeepgramSTTService({ apiKey: deepgram.apiKey, baseUrl: deepgram.wsUrl });
 * ```
 */
export class FakeDeepgram extends FakeVendor {
  private constructor(server: VendorServer, apiKey: string) {
    super(server, apiKey);
  }

  /** Starts it on a free port of 127.0.0.1. */
  static async start(options: FakeDeepgramOptions = {}): Promise<FakeDeepgram> {
    const { apiKey = "deepgram-test-key" } = options;
    const script = new ScriptReader(options.transcripts ?? []);
    const behaviour = toBehaviour(options, options.clock ?? systemClock);
    const server = await VendorServer.start(
      {
        authorization: { header: "authorization", value: `Token ${apiKey}` },
        unauthorizedBody: toError("INVALID_AUTH", "Invalid credentials."),
        refuse: findRefusal,
        request: (request, answer) => {
          if (request.method !== "POST" || request.path !== "/v1/speak") return false;
          void speak(request, answer, { clock: behaviour.clock, pieceMs: options.speakPieceMs ?? 0 });
          return true;
        },
        connection: (connection) =>
          connection.request.path === "/v1/listen"
            ? new ListenV1(connection, script, behaviour)
            : new ListenV2(connection, script, behaviour),
      },
      options,
    );
    return new FakeDeepgram(server, apiKey);
  }
}

function toBehaviour(
  options: FakeDeepgramOptions,
  clock: Clock,
): ConstructorParameters<typeof ListenV2>[2] & ConstructorParameters<typeof ListenV1>[2] {
  return {
    clock,
    latencyMs: options.latencyMs ?? 0,
    idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
    finalizeBufferMs: options.finalizeBufferMs ?? 500,
    eagerAfterMs: options.eagerAfterMs ?? 150,
    endOfTurnAfterMs: options.endOfTurnAfterMs ?? 300,
    connects: options.sendsConnected ?? true,
    answersConfigure: options.answersConfigure ?? true,
  };
}

/** Refuses a handshake whose query the vendor would refuse. */
function findRefusal({ method, path, query }: VendorRequest): VendorRefusal | undefined {
  if (method !== "WS") return undefined;
  if (path !== "/v1/listen" && path !== "/v2/listen")
    return { status: 404, body: toError("NOT_FOUND", "No such path.") };
  const problem = findProblem(query, path === "/v2/listen");
  return problem === undefined ? undefined : { status: 400, body: toError("Bad Request", problem) };
}

function findProblem(query: URLSearchParams, flux: boolean): string | undefined {
  const model = query.get("model") ?? "";
  const encoding = query.get("encoding");
  const rate = Number(query.get("sample_rate"));
  if (!(flux ? MODELS_V2.has(model) : MODELS_V1.test(model)))
    return `No such model/language/tier combination found: ${model}.`;
  if (encoding !== "linear16") return "This fake only reads linear16.";
  if (!(rate >= 8000 && rate <= 48_000)) return "sample_rate is required with encoding, from 8000 to 48000.";
  const isMono = Number(query.get("channels") ?? 1) === 1;
  if (flux) {
    if (!isMono) return "Flux takes mono audio.";
    if (query.has("language_hint") && model !== "flux-general-multi") return "language_hint needs flux-general-multi.";
    const invalid = findInvalidThreshold(new Map(query));
    return invalid === undefined ? undefined : `${invalid} is out of its range.`;
  }
  if (query.has("utterance_end_ms")) {
    if (query.get("interim_results") !== "true") return "utterance_end_ms needs interim_results.";
    if (!(Number(query.get("utterance_end_ms")) >= 1000)) return "utterance_end_ms must be 1000 or more.";
  }
  if (query.has("keyterm") && !model.startsWith("nova-3")) return "keyterm needs a nova-3 model.";
  if (query.has("keywords") && model.startsWith("nova-3")) return "keywords is not supported by nova-3; use keyterm.";
  return undefined;
}

function toError(err_code: string, err_msg: string): object {
  return { err_code, err_msg, request_id: crypto.randomUUID() };
}
