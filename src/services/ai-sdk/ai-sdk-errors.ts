import type { ErrorCategory } from "../../frames/index.ts";
import { categorizeError, ServiceError } from "../../pipeline/index.ts";
import { asError } from "../../util/errors.ts";
import { createVendorError, toReason, type RequestFailure } from "../vendor/index.ts";

/** The fields of the AI SDK's errors that are read here. */
interface AiSdkError {
  readonly statusCode?: number;
  readonly responseBody?: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
}

/** Errors that are about settings: no later request can succeed. By the names that the AI SDK gives its errors. */
const OF_SETTINGS: ReadonlyMap<string, ErrorCategory> = new Map([
  ["AI_LoadAPIKeyError", "authentication"],
  ["AI_LoadSettingError", "invalidRequest"],
  ["AI_NoSuchModelError", "invalidRequest"],
  ["AI_UnsupportedModelVersionError", "invalidRequest"],
]);
/** Errors that are about one request. */
const OF_REQUEST: ReadonlySet<string> = new Set([
  "AI_InvalidPromptError",
  "AI_InvalidArgumentError",
  "AI_MessageConversionError",
  "AI_MissingToolResultsError",
  "AI_TypeValidationError",
  "AI_UnsupportedFunctionalityError",
]);

/**
 * Converts what the AI SDK or a provider reports. Their error is not the cause of an answered request: a server may have
 * repeated the key in it.
 */
export function toAiSdkFailure(thrown: unknown, service: string): RequestFailure {
  if (thrown instanceof ServiceError) return { error: thrown, retryAfterMs: undefined };
  const error = asError(thrown) as Error & AiSdkError;
  const { statusCode: status, responseBody, responseHeaders } = error;
  if (status !== undefined) {
    const reason = responseBody === undefined || responseBody === "" ? error.message : toReason(responseBody);
    const isQuota = status === 429 && (responseBody ?? "").includes("insufficient_quota");
    const failed = createVendorError({
      service,
      what: "received an error",
      ...(isQuota ? { category: "quota" as const } : { status }),
      // A request that is refused says nothing about the next one, except where there is no such model or URL.
      permanent: [400, 422].includes(status) ? false : undefined,
      reason,
    });
    return { error: failed, retryAfterMs: readRetryAfter(responseHeaders ?? {}) };
  }
  const ofSettings = OF_SETTINGS.get(error.name);
  const isNetwork = categorizeError(error) === "connectivity" || error.message.startsWith("Cannot connect to API");
  const failed = createVendorError({
    service,
    what: isNetwork ? "has no connection to the model" : "received no answer of the model",
    category: ofSettings ?? (OF_REQUEST.has(error.name) ? "invalidRequest" : isNetwork ? "connectivity" : "server"),
    permanent: OF_REQUEST.has(error.name) ? false : undefined,
    reason: error.message,
    cause: error,
  });
  return { error: failed, retryAfterMs: undefined };
}

function readRetryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const ms = Number.parseFloat(headers["retry-after-ms"] ?? "");
  const found = Number.isFinite(ms) ? ms : Number.parseFloat(headers["retry-after"] ?? "") * 1000;
  return Number.isFinite(found) && found >= 0 ? found : undefined;
}
