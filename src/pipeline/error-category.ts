import type { ErrorCategory } from "../frames/index.ts";

/** How many causes are followed; libraries wrap the interesting error two or three times. */
const MAX_DEPTH = 6;

/** HTTP answers whose number says more than their hundred does. */
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

/** Of Node, of undici (beside all that begin with `UND_ERR_`), and of this library's own errors. */
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

/** What the `ws` package says when a server answers the upgrade with an error status. */
const WEBSOCKET_REJECTION = /^Unexpected server response: (\d{3})\b/;

/** The category of an HTTP status; undefined for one that says nothing about what failed. */
export function categorizeStatus(status: number): ErrorCategory | undefined {
  return BY_STATUS.get(status) ?? (status >= 500 && status <= 599 ? "server" : undefined);
}

/**
 * What kind of failure an error is, as far as it tells: by the HTTP status it carries (`status`, `statusCode`,
 * `response.status`, a rejected WebSocket's message), else by a network error's code; its causes are asked as well.
 * "unknown" when nothing is found. It names one failure, for logs and for people; it does not say that the next request
 * fails too, so do not hand it on as the `category` of an error.
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
    // A host with several addresses fails with an error for each of them.
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
