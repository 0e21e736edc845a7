/** The APIs of the emulator: Tavus' under `/v2`, Daily's under `/v1`. */
export type EmulatedApi = "tavus" | "daily";

/** A request to the API, with its answer's status. */
export interface LoggedRequest {
  /** Whose API. */
  readonly api: EmulatedApi;
  /** The HTTP method, such as "POST". */
  readonly method: string;
  /** The path without `/v2` (at Daily `/v1`), query and tokens. */
  readonly path: string;
  /** The query parameters. */
  readonly query: Readonly<Record<string, string>>;
  /** The JSON body, with secrets redacted; undefined when there was none. */
  readonly body: unknown;
  /** The answer's status; undefined when the connection was reset instead. */
  readonly status: number | undefined;
  /** Wall time of its arrival, in milliseconds since 1970. */
  readonly startedWallMs: number;
  /** Milliseconds from its arrival to its answer. */
  readonly durationMs: number;
}

const MAX_REQUESTS = 1000;

/** The last 1000 requests, oldest first. Holds no headers and so no keys. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  readonly #onAdded: (request: LoggedRequest) => void;
  #total = 0;

  /** @internal */
  constructor(onAdded: (request: LoggedRequest) => void = () => {}) {
    this.#onAdded = onAdded;
  }

  /** The last 1000 requests, oldest first. */
  get requests(): readonly LoggedRequest[] {
    return this.#requests;
  }

  /** The number of requests since the start. */
  get total(): number {
    return this.#total;
  }

  /** @internal */
  add(request: LoggedRequest): void {
    this.#total++;
    const logged = { ...request, body: withoutSecrets(request.body) };
    this.#requests.push(logged);
    if (this.#requests.length > MAX_REQUESTS) this.#requests.shift();
    this.#onAdded(logged);
  }
}

const SECRET = /key|token|secret|password|authorization/i;
/** Deeper than any request of this API; what lies below is left out, so that no body can exhaust the stack. */
const MAX_DEPTH = 20;

/** A copy with the values blanked whose names sound like secrets. */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.map((inner) => withoutSecrets(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, SECRET.test(key) ? "…" : withoutSecrets(inner, depth + 1)]),
  );
}
