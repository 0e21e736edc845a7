import type { ErrorCategory } from "../frames/index.ts";

/** How many causes are followed; libraries wrap the original error two or three times. */
const MAX_DEPTH = 6;

/** HTTP statuses whose meaning is more specific than their class's. */
const BY_STATUS: ReadonlyMap<number, ErrorCategory> = new Map([
  [400, "invalidRequest"],
  [401, "authentication"],
  [402, "quota"],
  [403, "authorization"],
  [404, "invalidRequest"],
  [408, "connectivity"],
  [422, "invalidRequest"],
  [429, "rateLimit"],
]);

/** Error codes of Node, of undici (besides all that begin with `UND_ERR_`), and of this library. */
const NETWORK_CODES: ReadonlySet<string> = new Set([
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "timeout",
  "unreachable",
]);

/** The `ws` package's message when a server answers the upgrade with an error status. */
const WEBSOCKET_REJECTION = /^Unexpected server response: (\d{3})\b/;

/** The category of an HTTP status; undefined for a status that does not say what failed. */
export function categorizeStatus(status: number): ErrorCategory | undefined {
  return BY_STATUS.get(status) ?? (status >= 500 && status <= 599 ? "server" : undefined);
}

/**
 * The kind of failure that an error reports: by the HTTP status it carries (`status`, `statusCode`, `response.status`, a
 * rejected WebSocket's message), else by a network error's code. Its causes are searched as well. "unknown" when nothing is
 * found. The category describes one failure, for logs and for people; the next request may succeed, so do not pass it on as
 * the `category` of an error.
 */
export function categorizeError(error: unknown): ErrorCategory {
  const chain = listCauses(error);
  for (const link of chain) {
    const status = findStatus(link);
    const category = status === undefined ? undefined : categorizeStatus(status);
    if (category !== undefined) return category;
  }
  return chain.some(isNetworkFailure) ? "connectivity" : "unknown";
}

function listCauses(error: unknown): object[] {
  const chain: object[] = [];
  let next = error;
  while (typeof next === "object" && next !== null && chain.length < MAX_DEPTH) {
    chain.push(next);
    const { cause, errors } = next as { readonly cause?: unknown; readonly errors?: unknown };
    // A host with several addresses fails with one error per address.
    next = cause ?? (Array.isArray(errors) ? (errors[0] as unknown) : undefined);
  }
  return chain;
}

function findStatus(error: object): number | undefined {
  const { status, statusCode, response, message } = error as Readonly<Record<string, unknown>>;
  const nested = (response as { readonly status?: unknown } | null | undefined)?.status;
  const found = [status, statusCode, nested].find((value) => typeof value === "number");
  if (found !== undefined) return found;
  const rejection = typeof message === "string" ? WEBSOCKET_REJECTION.exec(message) : null;
  return rejection === null ? undefined : Number(rejection[1]);
}

function isNetworkFailure(error: object): boolean {
  const { code, name } = error as Readonly<Record<string, unknown>>;
  return (
    name === "TimeoutError" || (typeof code === "string" && (NETWORK_CODES.has(code) || code.startsWith("UND_ERR_")))
  );
}
