import { toExcerpt } from "../http/error-response.ts";
import type { ErrorAnswer, HttpService } from "../http/http-service.ts";
import { isRecord } from "../names.ts";
import {
  DailyBadResponseError,
  DailyConnectionError,
  DailyStatusError,
  type DailyApiError,
  type DailyApiErrorCode,
} from "./daily-errors.ts";

/** Codes of Daily, which it calls stable (docs.daily.co, "Errors"). */
const CODE_OF_ERROR: Readonly<Record<string, DailyApiErrorCode>> = {
  "authentication-error": "unauthorized",
  "authorization-header-error": "unauthorized",
  "forbidden-error": "forbidden",
  "rate-limit-error": "rateLimited",
  "server-error": "serverError",
};

function toErrorCode(status: number, dailyError: string | undefined): DailyApiErrorCode {
  // The code is more exact than the status: a missing header is a 400.
  if (dailyError !== undefined && Object.hasOwn(CODE_OF_ERROR, dailyError))
    return CODE_OF_ERROR[dailyError] ?? "serverError";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "notFound";
  if (status === 408) return "timeout";
  if (status === 429) return "rateLimited";
  return status >= 500 ? "serverError" : "invalidRequest";
}

/** Daily's body `{error, info}`; a proxy may answer with HTML. */
function parseErrorBody(text: string): { readonly dailyError?: string; readonly info?: string } {
  try {
    const body: unknown = JSON.parse(text);
    if (!isRecord(body)) return {};
    const dailyError = typeof body.error === "string" && body.error !== "" ? body.error : undefined;
    const info = typeof body.info === "string" && body.info !== "" ? body.info : dailyError;
    return { ...(dailyError !== undefined && { dailyError }), ...(info !== undefined && { info }) };
  } catch {
    const words = text.trim();
    return words === "" ? {} : { info: words };
  }
}

/** Converts an answer whose status is not 2xx to a typed error. */
function toDailyError({ method, path, status, text, retryAfterMs }: ErrorAnswer): DailyApiError {
  const what = `Daily answered ${method} ${path} with ${status}`;
  // Redirects are not followed: fetch would send the header with the key to any other host.
  if (status < 400) return new DailyBadResponseError(`${what}.`, "", toExcerpt(text), { status });
  const { dailyError, info } = parseErrorBody(text);
  const serverMessage = info === undefined ? undefined : toExcerpt(info);
  const said = serverMessage === undefined ? "no message" : `"${serverMessage}"`;
  const details = { status, serverMessage, retryAfterMs, dailyError };
  return new DailyStatusError(toErrorCode(status, dailyError), `${what}: ${said}.`, details);
}

/** How Daily's REST API authenticates and reports failures. */
export const DAILY_SERVICE: HttpService = {
  name: "Daily",
  authHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  toError: toDailyError,
  connectionError: (code, message, options) => new DailyConnectionError(code, message, options),
  tooLarge: (message, status) => new DailyBadResponseError(message, "", "", { status }),
};
