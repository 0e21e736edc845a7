import type { z } from "zod";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An error answer, thrown by handlers. Tavus uses `error` in some places and `message` in others. */
export class ApiFailure extends Error {
  readonly status: ContentfulStatusCode;
  readonly body: { readonly error: string } | { readonly message: string };

  constructor(status: ContentfulStatusCode, body: { readonly error: string } | { readonly message: string }) {
    super(`${status} ${JSON.stringify(body)}`);
    this.name = "ApiFailure";
    this.status = status;
    this.body = body;
  }
}

export const failures = {
  unauthorized: () => new ApiFailure(401, { message: "Invalid access token" }),
  unknown: (idName: string) => new ApiFailure(400, { error: `Invalid ${idName}` }),
  tooManyConversations: (status: 400 | 429) =>
    new ApiFailure(status, { message: "User has reached maximum concurrent conversations" }),
  outOfCredits: () => new ApiFailure(402, { message: "The user is out of conversational credits" }),
  creationFailed: () =>
    new ApiFailure(400, {
      error: "There was an error creating the conversation, please reach out to support at support@tavus.io!",
    }),
  required: (field: string) => new ApiFailure(400, { message: `${field} is required` }),
  invalid: (what: string) => new ApiFailure(400, { error: `Invalid request: ${what}` }),
  notFound: (body: { readonly error: string } | { readonly message: string }) => new ApiFailure(404, body),
  badPatch: () => new ApiFailure(422, { message: "Invalid JSON patch format" }),
  notReady: (status: string) =>
    new ApiFailure(409, {
      error: `Document must be in 'ready' or 'error' state to recrawl, current status: ${status}`,
    }),
  tooManyCrawls: (limit: number) => new ApiFailure(429, { error: `Crawl document limit reached (${limit})` }),
  recrawlTooSoon: (minutes: number) =>
    new ApiFailure(429, { error: `Recrawl cooldown: please wait ${minutes} minutes` }),
  tooLarge: () => new ApiFailure(413, { error: "Invalid request: the body is too large" }),
  forbidden: () => new ApiFailure(403, { message: "Forbidden" }),
  notAttached: () => new ApiFailure(400, { error: "Bad Request. Tool not attached to this PAL" }),
  unknownSkill: (id: string) => new ApiFailure(404, { error: `Unknown skill '${id}'` }),
  badSkill: (field: string, problem: string) =>
    new ApiFailure(400, { error: `Bad Request: {'${field}': ['${problem}']}` }),
  noSuchRoute: () => new ApiFailure(404, { message: "Not Found" }),
};

/** Parses a value, or throws the 400 that names the first invalid field. */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  missing: (field: string) => ApiFailure = (field) => failures.invalid(`${field} is required`),
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  // Tavus names the field, not its path.
  const field = issue?.path.at(-1);
  if (typeof field === "string" && issue?.message.endsWith("received undefined") === true) throw missing(field);
  throw failures.invalid(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}
