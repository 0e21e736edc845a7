import type { ErrorCategory } from "../../frames/index.ts";
import { categorizeStatus, ServiceError } from "../../pipeline/index.ts";

/** A vendor's explanation may be a whole page; this much of it is reported. */
const MAX_REASON_CHARS = 300;
/** Failures that may pass by themselves. */
const RETRYABLE: ReadonlySet<ErrorCategory> = new Set(["rateLimit", "connectivity", "server"]);

/** What a vendor has said about a failure. */
export interface VendorFailure {
  /** Name of the service, which begins the message. */
  readonly service: string;
  /** What failed, such as "refused the request". */
  readonly what: string;
  /** The HTTP status, if there is one; it decides the category. */
  readonly status?: number | undefined;
  /** The category where the status does not decide it. Default "server". */
  readonly category?: ErrorCategory | undefined;
  /** Whether no later request can succeed until settings change. Default: the category decides. */
  readonly permanent?: boolean | undefined;
  /** What the vendor wrote. It is shortened, and freed of secrets and control characters. */
  readonly reason?: string | undefined;
  /** Keys that must not appear in the message. */
  readonly secrets?: readonly string[];
  /** What to do next. */
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/** Creates the error of a failure that a vendor has reported. */
export function createVendorError(failure: VendorFailure): ServiceError {
  const { service, what, status, cause } = failure;
  const category = (status === undefined ? undefined : categorizeStatus(status)) ?? failure.category ?? "server";
  const code = status === undefined ? "" : ` (${status})`;
  const reason = cleanReason(failure.reason ?? "", failure.secrets ?? []);
  const parts = [`${service} ${what}${code}${reason === "" ? "." : `: ${endSentence(reason)}`}`];
  const advice = failure.advice ?? ADVICE[category];
  if (advice !== undefined) parts.push(advice);
  const { permanent } = failure;
  const retryable = RETRYABLE.has(category);
  return new ServiceError(parts.join(" "), {
    category,
    retryable,
    cause,
    ...(permanent !== undefined && { permanent }),
  });
}

const ADVICE: Partial<Record<ErrorCategory, string>> = {
  authentication: "Check the API key.",
  authorization: "Check what the API key may use.",
  quota: "Check the account's credits.",
};

/** Replaces secrets in a vendor's text, removes control characters and limits its length. */
function cleanReason(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "[redacted]");
  clean = clean
    // Keys that are not known here: some vendors quote the ends of a wrong one, some servers repeat the header.
    .replaceAll(/[\w-]*\*{3,}[\w-]*/g, "[redacted]")
    .replaceAll(/\b(Bearer|Basic|Token)\s+[\w.~+/=-]{8,}/gi, "$1 [redacted]")
    .replaceAll(/\b(?:gsk|pk|rk|sk|xai)[-_][\w-]{12,}/g, "[redacted]")
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return clean.length <= MAX_REASON_CHARS ? clean : `${clean.slice(0, MAX_REASON_CHARS)}…`;
}

function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
