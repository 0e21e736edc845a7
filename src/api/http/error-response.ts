import { isRecord } from "../names.ts";
import { TavusBadResponseError, TavusStatusError, type TavusErrorCode, type TavusResource } from "../errors.ts";
import type { ErrorAnswer } from "./http-service.ts";

const EXCERPT_CHARS = 300;
/** Secrets in answers: meeting tokens, and the API keys in the layers of a PAL. */
const SECRET_FIELD = /("[a-z_]*(?:token|api_key|secret)"\s*:\s*")(?:[^"\\]|\\.)*/gi;

/** A JSON Web Token, whole or cut off: meeting tokens are such, and an error may quote the one that it rejects. */
const JSON_WEB_TOKEN = /\beyJ[\w-]*\.[\w-]+(\.[\w-]*)?/g;

/** The text without JSON Web Tokens. */
export function withoutTokens(text: string): string {
  return text.replace(JSON_WEB_TOKEN, "[token]");
}

/** The beginning of a body for messages and logs, without the secrets in it. */
export function toExcerpt(text: string): string {
  return withoutTokens(text.replace(SECRET_FIELD, "$1…")).slice(0, EXCERPT_CHARS);
}

/** The server's message: the value of one of three keys in use, else the whole body (a proxy may answer with HTML). */
function parseServerMessage(text: string): string | undefined {
  let words = text.trim();
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body)) {
      const found = [body.message, body.error, body.detail].find((value) => typeof value === "string" && value !== "");
      if (typeof found === "string") words = found;
    }
  } catch {
    // Not JSON: use the raw text.
  }
  return words === "" ? undefined : toExcerpt(words);
}

/** Most endpoints answer an unknown id with 400 and this text, not with 404. Old and new names are both in use. */
const INVALID_ID = /\binvalid ([a-z_]+?)_(?:uu)?id\b/i;
/** The text of the 404 that other endpoints send. */
const NOT_FOUND = /^([a-z_ ]+?) not found\b/i;

const RESOURCE_OF_NAME: Readonly<Record<string, TavusResource>> = {
  conversation: "conversation",
  conversations: "conversation",
  persona: "pal",
  personas: "pal",
  pal: "pal",
  pals: "pal",
  replica: "face",
  replicas: "face",
  face: "face",
  faces: "face",
  video: "video",
  videos: "video",
  document: "document",
  documents: "document",
  tool: "tool",
  tools: "tool",
  objective: "objectives",
  objectives: "objectives",
  guardrail: "guardrails",
  guardrails: "guardrails",
  pronunciation_dictionary: "pronunciationDictionary",
  "pronunciation-dictionaries": "pronunciationDictionary",
  memory: "memory",
  memories: "memory",
  skill: "skill",
  skills: "skill",
  deployment: "deployment",
  deployments: "deployment",
};

function findResource(name: string | undefined): TavusResource | undefined {
  const key = name?.toLowerCase().replaceAll(" ", "_") ?? "";
  return Object.hasOwn(RESOURCE_OF_NAME, key) ? RESOURCE_OF_NAME[key] : undefined;
}

/** The kind of resource that was not found, from the server's message, else from a path that has an id. */
function toResource(words: string, path: string): TavusResource {
  const [, kind, id] = path.split("/");
  return (
    findResource(INVALID_ID.exec(words)?.[1]) ??
    findResource(NOT_FOUND.exec(words)?.[1]) ??
    (id === undefined ? undefined : findResource(kind)) ??
    "resource"
  );
}

function isUnknownId(words: string): boolean {
  return findResource(INVALID_ID.exec(words)?.[1]) !== undefined;
}

function toErrorCode(status: number, words: string): TavusErrorCode {
  // These two have been reported with different statuses, but always with this text.
  if ((status === 400 || status === 429) && /maximum concurrent conversations/i.test(words)) return "concurrencyLimit";
  if (status === 402 || (status < 500 && /out of conversational credits/i.test(words))) return "outOfCredits";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404 || (status === 400 && isUnknownId(words))) return "notFound";
  if (status === 408) return "timeout";
  if (status === 429) return "rateLimited";
  return status >= 500 ? "serverError" : "invalidRequest";
}

/** Converts an answer whose status is not 2xx to a typed error. */
export function toApiError(answer: ErrorAnswer): TavusStatusError | TavusBadResponseError {
  const { method, path, status, retryAfterMs } = answer;
  const serverMessage = parseServerMessage(answer.text);
  const said = serverMessage === undefined ? "no message" : `"${serverMessage}"`;
  const what = `Tavus answered ${method} ${path} with ${status}`;
  if (status < 400) {
    // Redirects are not followed: fetch would send the header with the key to any other host.
    return new TavusBadResponseError(`${what}.`, "", toExcerpt(answer.text), { status });
  }
  const code = toErrorCode(status, serverMessage ?? "");
  if (code !== "notFound")
    return new TavusStatusError(code, `${what}: ${said}.`, { status, serverMessage, retryAfterMs });
  const resource = toResource(serverMessage ?? "", path);
  const message = `${what}: ${said}. There is no such ${resource}.`;
  return new TavusStatusError(code, message, { status, serverMessage, retryAfterMs, resource });
}

const LONGEST_RETRY_AFTER_MS = 24 * 3600 * 1000;

/** Parses the header Retry-After, which holds seconds or a date, to milliseconds from now. At most a day. */
export function parseRetryAfterMs(header: string | null, wallMs: number): number | undefined {
  if (header === null || header.trim() === "") return undefined;
  const seconds = Number(header);
  const delayMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - wallMs;
  return Number.isFinite(delayMs) ? Math.min(Math.max(0, delayMs), LONGEST_RETRY_AFTER_MS) : undefined;
}
