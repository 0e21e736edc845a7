import { HttpApiError, type HttpApiErrorOptions } from "../http/http-api-error.ts";

/** The kinds of failures of Daily's REST API. */
export type DailyApiErrorCode =
  | "missingKey"
  | "unauthorized"
  | "forbidden"
  | "notFound"
  | "invalidRequest"
  | "rateLimited"
  | "serverError"
  | "timeout"
  | "unreachable"
  | "badResponse";

const NEXT_STEP: Record<DailyApiErrorCode, string> = {
  missingKey:
    "Set DAILY_API_KEY or pass apiKey. Without a Daily account, start the local emulator and use its dailyApiUrl and dailyApiKey.",
  unauthorized: "Check DAILY_API_KEY (or apiKey), and that DAILY_API_URL is the service the key belongs to.",
  forbidden: "Check what the key's domain may do in Daily's dashboard.",
  notFound: "Check the name, the room's expiry, and that the key belongs to the room's domain.",
  invalidRequest: "Correct what the message names.",
  rateLimited: "Wait, then send fewer requests.",
  serverError: "Try again later; the state of the service is at status.daily.co.",
  timeout: "Check the network, or raise timeoutMs.",
  unreachable: "Check the network and DAILY_API_URL (or apiUrl).",
  badResponse:
    "Check that DAILY_API_URL (or apiUrl) is Daily's REST API (https://api.daily.co/v1); if it is, report this.",
};

/** Codes of failures that may pass without any change. */
const RETRYABLE: ReadonlySet<DailyApiErrorCode> = new Set(["rateLimited", "serverError", "timeout", "unreachable"]);

/** The base class of all failures of Daily's REST API. Never contains the API key or a meeting token. */
export class DailyApiError extends HttpApiError {
  /** The kind of failure. */
  readonly code: DailyApiErrorCode;
  /** Set when a room may exist although its creation failed: its name. */
  roomName: string | undefined;

  constructor(code: DailyApiErrorCode, message: string, options: HttpApiErrorOptions = {}) {
    super(`${message} ${NEXT_STEP[code]}`, { retryable: RETRYABLE.has(code), ...options });
    this.code = code;
  }
}

/** No API key was given. */
export class DailyKeyError extends DailyApiError {
  constructor() {
    super("missingKey", "No Daily API key.");
  }
}

/** No complete answer arrived. The code is `timeout` or `unreachable`. */
export class DailyConnectionError extends DailyApiError {
  /** `"no"`: the request cannot have reached the server. `"unknown"`: the server may have carried it out. */
  readonly delivered: "no" | "unknown";

  constructor(
    code: "timeout" | "unreachable",
    message: string,
    options: HttpApiErrorOptions & { readonly delivered: "no" | "unknown" },
  ) {
    super(code, message, options);
    this.delivered = options.delivered;
  }
}

/** Daily answered with an error status. */
export class DailyStatusError extends DailyApiError {
  /** Daily's own code, such as `invalid-request-error`. Undefined when the answer has none. */
  readonly dailyError: string | undefined;

  constructor(
    code: DailyApiErrorCode,
    message: string,
    options: HttpApiErrorOptions & { readonly dailyError?: string | undefined },
  ) {
    super(code, message, options);
    this.dailyError = options.dailyError;
  }
}

/** Daily's answer cannot be read. */
export class DailyBadResponseError extends DailyApiError {
  /** The field that could not be read, such as `url`. Empty when the whole body is unreadable. */
  readonly path: string;
  /** The first 300 characters of the body, without secrets. */
  readonly bodyStart: string;

  constructor(message: string, path: string, bodyStart: string, options: HttpApiErrorOptions = {}) {
    super("badResponse", message, options);
    this.path = path;
    this.bodyStart = bodyStart;
  }
}
