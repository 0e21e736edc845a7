import { TavusTransportError, type TavusTransportErrorOptions } from "../util/errors.ts";

/** What went wrong between us and Tavus. */
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
 * What became of a conversation that a failed creation may have left open (it would be billed). `unknown`: the search
 * or the end of it failed as well; the limits it was created with will end it.
 */
export type OrphanOutcome = "ended" | "notFound" | "unknown";

const NEXT_STEP: Record<TavusErrorCode, string> = {
  missingKey:
    "Set TAVUS_API_KEY or pass apiKey. Without a Tavus account, start the local emulator and use its apiUrl and apiKey.",
  unauthorized: "Check TAVUS_API_KEY (or apiKey), and that TAVUS_API_URL is the service the key belongs to.",
  forbidden: "Check in the developer portal what the key may do and which IP addresses it is limited to.",
  outOfCredits: "Add conversational minutes to the Tavus account.",
  concurrencyLimit: "End a conversation that is still open (list them with status active), then try again.",
  notFound: "Check the id (it must exist in the account the key belongs to) and TAVUS_API_URL.",
  invalidRequest: "Correct the named field.",
  rateLimited: "Wait, then send fewer requests.",
  serverError: "Try again later; the state of the service is at status.tavus.io.",
  timeout: "Check the network, or raise timeoutMs.",
  unreachable: "Check the network and TAVUS_API_URL (or apiUrl).",
  badResponse: "Check that TAVUS_API_URL (or apiUrl) is a Tavus API (https://tavusapi.com/v2); if it is, report this.",
  vetoed: "Nothing was created or billed; what beforeCreate objects to has to change first.",
};

/** Codes that may go away by themselves, without anything being changed. */
const RETRYABLE: ReadonlySet<TavusErrorCode> = new Set([
  "concurrencyLimit",
  "rateLimited",
  "serverError",
  "timeout",
  "unreachable",
]);

export interface TavusApiErrorOptions extends TavusTransportErrorOptions {
  readonly status?: number | undefined;
  readonly serverMessage?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The base of all failures of the Tavus API. Never carries the API key. */
export class TavusApiError extends TavusTransportError {
  readonly code: TavusErrorCode;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** The server's own words (at most 300 characters), when it had any. */
  readonly serverMessage: string | undefined;
  /** How long the server asks to wait, when it does. */
  readonly retryAfterMs: number | undefined;
  /** Set when a creation failed so that the conversation may exist all the same, and it was searched for. */
  orphan: OrphanOutcome | undefined;

  constructor(code: TavusErrorCode, message: string, options: TavusApiErrorOptions = {}) {
    super(`${message} ${NEXT_STEP[code]}`, { retryable: RETRYABLE.has(code), ...options });
    this.code = code;
    this.status = options.status;
    this.serverMessage = options.serverMessage;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** No API key was given. */
export class TavusKeyError extends TavusApiError {
  constructor() {
    super("missingKey", "No Tavus API key.");
  }
}

/** No complete answer came: `timeout` or `unreachable`. */
export class TavusConnectionError extends TavusApiError {
  /** `"no"`: the request cannot have reached the server. `"unknown"`: it may have been carried out. */
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

/** The hook `beforeCreate` threw (its error is the `cause`), or took too long: no conversation was created. */
export class TavusVetoError extends TavusApiError {
  constructor(cause: Error) {
    super("vetoed", `The conversation was vetoed: ${cause.message}`, { cause });
  }
}

/** What an id that Tavus does not know was meant to name; "resource" when neither answer nor path tell. */
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
  /** With `notFound`: what was not found. */
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

/** An answer that cannot be read. */
export class TavusBadResponseError extends TavusApiError {
  /** The field that could not be read, such as `conversation_id`; empty when the body as a whole is at fault. */
  readonly path: string;
  /** The first 300 characters of the body. */
  readonly bodyStart: string;

  constructor(message: string, path: string, bodyStart: string, options: TavusApiErrorOptions = {}) {
    super("badResponse", message, options);
    this.path = path;
    this.bodyStart = bodyStart;
  }
}
