import { HttpApiError, type HttpApiErrorOptions } from "./http/http-api-error.ts";

/** The kinds of failures of the Tavus API. `vetoed`: the hook `beforeCreate` refused the conversation. */
export type TavusErrorCode =
  | "missingKey"
  | "unauthorized"
  | "forbidden"
  | "outOfCredits"
  | "concurrencyLimit"
  | "notFound"
  | "invalidRequest"
  | "rateLimited"
  | "serverError"
  | "timeout"
  | "unreachable"
  | "badResponse"
  | "vetoed";

/**
 * What happened to a conversation that a failed creation may have left open, and that would be billed. `unknown`:
 * finding or ending it failed too; its limits will end it.
 */
export type OrphanOutcome = "ended" | "notFound" | "unknown";

const NEXT_STEP: Record<TavusErrorCode, string> = {
  missingKey:
    "Set TAVUS_API_KEY or pass apiKey. Without a Tavus account, start the local emulator and use its apiUrl and apiKey.",
  unauthorized: "Check TAVUS_API_KEY (or apiKey), and that TAVUS_API_URL is the service the key belongs to.",
  forbidden: "Check the key's permissions and its allowed IP addresses in the developer portal.",
  outOfCredits: "Add conversational minutes to the Tavus account.",
  concurrencyLimit: "End a conversation that is still open (list those with status active), then try again.",
  notFound: "Check the id (it must exist in the account the key belongs to) and TAVUS_API_URL.",
  invalidRequest: "Correct the named field.",
  rateLimited: "Wait, then send fewer requests.",
  serverError: "Try again later; the state of the service is at status.tavus.io.",
  timeout: "Check the network, or raise timeoutMs.",
  unreachable: "Check the network and TAVUS_API_URL (or apiUrl).",
  badResponse: "Check that TAVUS_API_URL (or apiUrl) is a Tavus API (https://tavusapi.com/v2); if it is, report this.",
  vetoed: "Nothing was created or billed. Change what beforeCreate objects to.",
};

/** Codes of failures that may pass without any change. */
const RETRYABLE: ReadonlySet<TavusErrorCode> = new Set([
  "concurrencyLimit",
  "rateLimited",
  "serverError",
  "timeout",
  "unreachable",
]);

/** The details of a `TavusApiError`. */
export type TavusApiErrorOptions = HttpApiErrorOptions;

/** The base class of all failures of the Tavus API. Never contains the API key. */
export class TavusApiError extends HttpApiError {
  /** The kind of failure. */
  readonly code: TavusErrorCode;
  /** Set when a creation failed, the conversation may exist all the same, and it was searched for. */
  orphan: OrphanOutcome | undefined;

  constructor(code: TavusErrorCode, message: string, options: TavusApiErrorOptions = {}) {
    super(`${message} ${NEXT_STEP[code]}`, { retryable: RETRYABLE.has(code), ...options });
    this.code = code;
  }
}

/** No API key was given. */
export class TavusKeyError extends TavusApiError {
  constructor() {
    super("missingKey", "No Tavus API key.");
  }
}

/** No complete answer arrived. The code is `timeout` or `unreachable`. */
export class TavusConnectionError extends TavusApiError {
  /** `"no"`: the request cannot have reached the server. `"unknown"`: the server may have carried it out. */
  readonly delivered: "no" | "unknown";

  constructor(
    code: "timeout" | "unreachable",
    message: string,
    options: TavusApiErrorOptions & { readonly delivered: "no" | "unknown" },
  ) {
    super(code, message, options);
    this.delivered = options.delivered;
  }
}

/** The hook `beforeCreate` threw (see `cause`) or took longer than ten seconds. No conversation was created. */
export class TavusVetoError extends TavusApiError {
  constructor(cause: Error) {
    super("vetoed", `The conversation was vetoed: ${cause.message}`, { cause });
  }
}

/** The kind of resource that an unknown id should name. "resource" when neither the answer nor the path says. */
export type TavusResource =
  | "conversation"
  | "face"
  | "pal"
  | "video"
  | "document"
  | "tool"
  | "objectives"
  | "guardrails"
  | "pronunciationDictionary"
  | "memory"
  | "skill"
  | "deployment"
  | "resource";

/** Tavus answered with an error status. */
export class TavusStatusError extends TavusApiError {
  /** What was not found. Set only when the code is `notFound`. */
  readonly resource: TavusResource | undefined;

  constructor(
    code: TavusErrorCode,
    message: string,
    options: TavusApiErrorOptions & { readonly resource?: TavusResource | undefined },
  ) {
    super(code, message, options);
    this.resource = options.resource;
  }
}

/** Tavus' answer cannot be read. */
export class TavusBadResponseError extends TavusApiError {
  /** The field that could not be read, such as `conversation_id`. Empty when the whole body is unreadable. */
  readonly path: string;
  /** The first 300 characters of the body, without secrets. */
  readonly bodyStart: string;

  constructor(message: string, path: string, bodyStart: string, options: TavusApiErrorOptions = {}) {
    super("badResponse", message, options);
    this.path = path;
    this.bodyStart = bodyStart;
  }
}
