/** The fields of a request for speech, as the vendor checks them. */
export interface Generation {
  readonly contextId: string;
  readonly transcript: string;
  readonly continues: boolean;
  readonly flush: boolean;
  readonly sampleRate: number;
  readonly bufferDelayMs: number;
  readonly timestamps: boolean;
  /** The fields that all requests of a context must share. */
  readonly shared: string;
}

const SAMPLE_RATES = new Set([8000, 16_000, 22_050, 24_000, 44_100, 48_000]);
const DEFAULT_BUFFER_DELAY_MS = 3000;

/** Reads a request for speech. Returns what is wrong with it as a string. */
export function readGeneration(message: Readonly<Record<string, unknown>>): Generation | string {
  const { context_id: contextId, transcript, continue: continues = false, flush = false, ...shared } = message;
  const { model_id: model, voice, output_format: format, add_timestamps: timestamps = false } = shared;
  const { max_buffer_delay_ms: bufferDelayMs = DEFAULT_BUFFER_DELAY_MS } = shared;
  if (typeof contextId !== "string" || !/^[\w-]+$/.test(contextId)) return "context_id is invalid";
  if (typeof transcript !== "string") return "transcript is required";
  if (typeof model !== "string" || !model.startsWith("sonic")) return "model_id is invalid";
  const { mode, id } = (voice ?? {}) as { readonly mode?: unknown; readonly id?: unknown };
  if (mode !== "id" || typeof id !== "string" || id === "") return "voice is invalid";
  const { container, encoding, sample_rate: sampleRate } = (format ?? {}) as Readonly<Record<string, unknown>>;
  if (container !== "raw" || encoding !== "pcm_s16le") return "output_format is not one that the fake speaks";
  if (typeof sampleRate !== "number" || !SAMPLE_RATES.has(sampleRate)) return "sample_rate is invalid";
  if (typeof bufferDelayMs !== "number" || bufferDelayMs < 0 || bufferDelayMs > 5000)
    return "max_buffer_delay_ms must be between 0 and 5000";
  if ("language" in shared && "locale" in shared) return "language and locale exclude each other";
  return {
    ...{ contextId, transcript, sampleRate, bufferDelayMs },
    continues: continues === true,
    flush: flush === true,
    timestamps: timestamps === true,
    shared: JSON.stringify(shared),
  };
}
