import type { ErrorCategory } from "../../frames/index.ts";
import { categorizeError, categorizeStatus, ServiceError } from "../../pipeline/index.ts";
import { asError } from "../../util/errors.ts";
import { createVendorError, type RequestFailure } from "../vendor/index.ts";
import type { OpenAIAccess } from "./openai-access.ts";

/** The fields of the `openai` package's errors that are read here. */
interface SdkError {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly error?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly requestID?: string | null | undefined;
}

/** Codes and types of errors in a body, where the status says less or is missing, as in the middle of a stream. */
const BY_CODE: ReadonlyMap<unknown, ErrorCategory> = new Map<unknown, ErrorCategory>([
  ["insufficient_quota", "quota"],
  ["rate_limit_exceeded", "rateLimit"],
  ["invalid_api_key", "authentication"],
  ["context_length_exceeded", "invalidRequest"],
  ["invalid_request_error", "invalidRequest"],
]);

/**
 * Converts what the `openai` package has thrown. The package's error is not the cause of an answered request: a server may
 * have repeated the key in it.
 */
export function toOpenAIFailure(
  thrown: unknown,
  service: string,
  { apiKey = "", baseUrl }: Pick<OpenAIAccess, "apiKey" | "baseUrl">,
): RequestFailure {
  if (thrown instanceof ServiceError) return { error: thrown, retryAfterMs: undefined };
  const error = asError(thrown) as Error & SdkError;
  const { status, headers, requestID } = error;
  const secrets = [apiKey];
  if (status === undefined && error.error === undefined) {
    const isNetwork = categorizeError(error) === "connectivity" || /^Connection error|timed out/.test(error.message);
    const failed = createVendorError({
      service,
      what: isNetwork ? `has no connection to ${baseUrl}` : "received an answer that it cannot read",
      category: isNetwork ? "connectivity" : "server",
      reason: deepestMessage(error),
      secrets,
      cause: error,
    });
    return { error: failed, retryAfterMs: undefined };
  }
  const { code, type } = error;
  const coded =
    BY_CODE.get(code) ?? BY_CODE.get(type) ?? (typeof code === "number" ? categorizeStatus(code) : undefined);
  const ofStatus = status === undefined ? undefined : categorizeStatus(status);
  // A spent quota is a 429 as well; for anything else the status is the more exact.
  const category = coded === "quota" ? coded : (ofStatus ?? coded ?? "server");
  const which = requestID ? ` of request ${requestID}` : "";
  const failed = createVendorError({
    service,
    what: status === undefined ? "received an error in an answer" : `received status ${status}${which}`,
    category,
    permanent: isPermanent(category, status),
    reason: reasonIn(error),
    advice: status === 404 ? `Check the model, and the base URL ${baseUrl}.` : undefined,
    secrets,
  });
  return { error: failed, retryAfterMs: headers === undefined ? undefined : readRetryAfter(headers) };
}

/** A request that is refused says nothing about the next one, except where there is no such model or URL. */
function isPermanent(category: ErrorCategory, status: number | undefined): boolean | undefined {
  return category === "invalidRequest" ? status === 404 : undefined;
}

function reasonIn({ error, message }: Error & SdkError): string {
  const text = (error as { readonly message?: unknown } | null | undefined)?.message;
  return typeof text === "string" ? text : message.replace(/^\d{3} /, "");
}

/** The cause that says the most: "connect ECONNREFUSED 127.0.0.1:1234" rather than "Connection error." */
function deepestMessage(error: Error): string {
  let { message } = error;
  for (let next = error.cause, depth = 0; next instanceof Error && depth < 4; next = next.cause, depth++)
    if (next.message !== "") ({ message } = next);
  return message;
}

function readRetryAfter(headers: Headers): number | undefined {
  if (headers.get("x-should-retry") === "false") return Infinity;
  const ms = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  const seconds = Number.parseFloat(headers.get("retry-after") ?? "");
  const found = Number.isFinite(ms) ? ms : seconds * 1000;
  return Number.isFinite(found) && found >= 0 ? found : undefined;
}
