import type { Clock } from "../../util/clock.ts";
import { sleep, withDeadline } from "../../util/deadline.ts";
import { asError, DeadlineError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { parseRetryAfterMs, withoutTokens } from "./error-response.ts";
import { HttpApiError } from "./http-api-error.ts";
import type { HttpService } from "./http-service.ts";
import { MAX_ANSWER_BYTES, readTextUpTo } from "./read-text.ts";

/** The part of `fetch` that the client uses. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/**
 * When a request may be repeated. `repeatable`: after every transient failure, because doing it twice does no harm.
 * `once`: only if the server cannot have carried it out. `creation`: like `once`, and the signal does not abort it,
 * because the new conversation costs money and its id must become known so that it can be ended.
 */
export type RetryMode = "repeatable" | "once" | "creation";

/** A request to the API. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path below the API's URL, with a leading slash and encoded ids. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>> | undefined;
  readonly body?: unknown;
  readonly retry: RetryMode;
  /** Default 2. */
  readonly maxRetries?: number | undefined;
  /** How often the request is repeated when the server asks for fewer requests. Default: `maxRetries`. */
  readonly maxRateLimitRetries?: number | undefined;
  /** A secret in the path. It is left out of messages, logs and errors. Default: none. */
  readonly secret?: string | undefined;
  /** Called before the request is repeated. */
  readonly onRepeat?: (() => void) | undefined;
  /** The deadline of each exchange, in milliseconds. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request that succeeded. */
export interface HttpAnswer {
  /** 2xx, or 304 for a PATCH that changed nothing. */
  readonly status: number;
  /** Often empty. */
  readonly text: string;
}

/** What `ApiHttp` needs. */
export interface HttpOptions {
  readonly service: HttpService;
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly timeoutMs: number;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MAX_RETRIES = 2;
const FIRST_BACKOFF_MS = 250;
/** If the server asks for a longer pause than this, the call fails and the error carries `retryAfterMs`. */
const LONGEST_PAUSE_MS = 10_000;

/** Failures to resolve the name or to connect: no byte of the request was sent. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Sends requests to the API of a service, with deadlines, retries and typed errors. The key is in a private field, so that
 * nothing prints it.
 */
export class ApiHttp {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Sends a request, and repeats it where that is safe. Throws an HttpApiError or the signal's reason. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    // Not p-retry: it waits on the machine's timers only, and waits here run on the injected clock.
    for (let retries = 0; ; retries++) {
      request.signal?.throwIfAborted();
      try {
        return await this.#sendOnce(request, request.retry === "creation" ? undefined : request.signal);
      } catch (thrown) {
        // An earlier attempt, whose answer was lost, has deleted it.
        if (request.method === "DELETE" && retries > 0 && isNotFound(thrown)) return { status: 204, text: "" };
        const pauseMs = getRetryPauseMs(thrown, request, retries);
        if (pauseMs === undefined) throw thrown;
        await sleep(this.#options.clock, pauseMs, request.signal);
        request.onRepeat?.();
      }
    }
  }

  /** Removes the key and the request's secret from a text, in case a server or a proxy has sent them back. */
  #redact(text: string, { secret }: HttpRequest): string {
    const withoutKey = text.replaceAll(this.#options.apiKey, "[key]");
    if (secret === undefined || secret === "") return withoutKey;
    return withoutKey.replaceAll(secret, "[secret]").replaceAll(encodeURIComponent(secret), "[secret]");
  }

  async #sendOnce(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { service, clock, logger, timeoutMs } = this.#options;
    const path = this.#redact(request.path, request);
    const what = `${request.method} ${path}`;
    const controller = new AbortController();
    const stopped = Promise.withResolvers<never>();
    const onAbort = (): void => {
      stopped.reject(asError(signal?.reason));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const startedMs = clock.nowMs();
    let outcome = "failed";
    try {
      const exchange = Promise.race([this.#exchange(request, controller.signal), stopped.promise]);
      const answer = await withDeadline(clock, exchange, request.timeoutMs ?? timeoutMs, what);
      outcome = String(answer.status);
      if (isSuccess(request, answer.status)) return answer;
      throw service.toError({ method: request.method, path, ...answer });
    } catch (thrown) {
      throw this.#asApiError(thrown, what, request, signal);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      // Stops the request after a deadline or an abort. Does nothing after an answer.
      controller.abort();
      logger.debug(`${service.name} ${what}`, { outcome, durationMs: Math.round(clock.nowMs() - startedMs) });
    }
  }

  async #exchange(
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string; retryAfterMs: number | undefined }> {
    const { service, apiKey, apiUrl, clock, fetch } = this.#options;
    const query = new URLSearchParams(Object.entries(request.query ?? {}).map(([key, value]) => [key, String(value)]));
    const hasBody = request.body !== undefined;
    const response = await fetch(`${apiUrl}${request.path}${query.size > 0 ? `?${query.toString()}` : ""}`, {
      method: request.method,
      headers: {
        ...service.authHeaders(apiKey),
        accept: "application/json",
        ...(hasBody ? { "content-type": "application/json" } : {}),
      },
      ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
      redirect: "manual",
      signal,
    });
    const text = await readTextUpTo(response, MAX_ANSWER_BYTES);
    if (text === undefined) {
      const what = this.#redact(`${request.method} ${request.path}`, request);
      throw service.tooLarge(`The answer to ${what} has more than ${MAX_ANSWER_BYTES} bytes.`, response.status);
    }
    const retryAfterMs = parseRetryAfterMs(response.headers.get("retry-after"), clock.wallMs());
    return { status: response.status, text: this.#redact(text, request), retryAfterMs };
  }

  #asApiError(thrown: unknown, what: string, request: HttpRequest, signal: AbortSignal | undefined): Error {
    const { service } = this.#options;
    if (thrown instanceof HttpApiError) return thrown;
    if (signal?.aborted) return asError(signal.reason);
    if (thrown instanceof DeadlineError) {
      const message = `${service.name} did not answer ${what} within ${thrown.timeoutMs} ms.`;
      return service.connectionError("timeout", message, { delivered: "unknown" });
    }
    const { code, words: unredacted } = describeFailure(thrown);
    const words = withoutTokens(this.#redact(unredacted, request));
    const certificate = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code ?? "");
    const delivered = certificate || (code !== undefined && NOT_SENT.has(code)) ? "no" : "unknown";
    // The cause is a new error: what a custom fetch throws may carry the request's headers, and with them the key.
    return service.connectionError("unreachable", `${service.name} could not be reached for ${what}: ${words}.`, {
      delivered,
      cause: Object.assign(new Error(words), code === undefined ? {} : { code }),
      ...(certificate ? { retryable: false } : {}),
    });
  }
}

function isSuccess({ method }: HttpRequest, status: number): boolean {
  return (status >= 200 && status < 300) || (status === 304 && method === "PATCH");
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof HttpApiError && thrown.code === "notFound";
}

/** The pause before the next attempt, in milliseconds. Undefined when the request must not be repeated. */
function getRetryPauseMs(thrown: unknown, request: HttpRequest, retries: number): number | undefined {
  if (!(thrown instanceof HttpApiError) || !mayRepeat(thrown, request.retry)) return undefined;
  const { maxRetries = MAX_RETRIES, maxRateLimitRetries = maxRetries } = request;
  if (retries >= (thrown.code === "rateLimited" ? maxRateLimitRetries : maxRetries)) return undefined;
  // The random part keeps clients that failed together from retrying together.
  const backoffMs = FIRST_BACKOFF_MS * 2 ** retries * (0.75 + Math.random() / 2);
  const pauseMs = Math.max(backoffMs, thrown.retryAfterMs ?? 0);
  return pauseMs > LONGEST_PAUSE_MS ? undefined : pauseMs;
}

function mayRepeat(error: HttpApiError, mode: RetryMode): boolean {
  // A slot does not become free within a second, so the caller decides when to try again.
  if (!error.retryable || error.code === "concurrencyLimit") return false;
  if (mode === "repeatable" || error.code === "rateLimited" || error.status === 503) return true;
  return "delivered" in error && error.delivered === "no";
}

/** fetch reports only "fetch failed"; its cause says why ("connect ECONNREFUSED 127.0.0.1:1"). */
function describeFailure(thrown: unknown): { code: string | undefined; words: string } {
  const outer = asError(thrown);
  const cause = outer.cause instanceof Error ? outer.cause : outer;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  const words = cause.message === "" ? (code ?? outer.message) : cause.message;
  return { code, words: words === "" ? outer.name : words };
}
