import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An error answer of Daily's, thrown by handlers: `error` is a stable code, `info` is for people. */
export class DailyFailure extends Error {
  readonly status: ContentfulStatusCode;
  readonly body: { readonly error: string; readonly info?: string; readonly deleted?: true };

  constructor(status: ContentfulStatusCode, body: DailyFailure["body"]) {
    super(`${status} ${JSON.stringify(body)}`);
    this.name = "DailyFailure";
    this.status = status;
    this.body = body;
  }
}

export const dailyFailures = {
  noAuthorization: () =>
    new DailyFailure(400, { error: "authorization-header-error", info: "bad Authorization header format" }),
  badKey: () => new DailyFailure(401, { error: "authentication-error", info: "the API key is not valid" }),
  forbidden: () => new DailyFailure(403, { error: "forbidden-error", info: "only this machine may call the emulator" }),
  notJson: () => new DailyFailure(400, { error: "json-parsing-error", info: "the body is not valid JSON" }),
  invalid: (info: string) => new DailyFailure(400, { error: "invalid-request-error", info }),
  noSuchRoom: (name: string) => new DailyFailure(404, { error: "not-found", info: `room ${name} does not exist` }),
  expiredRoom: (name: string) =>
    new DailyFailure(404, { error: "not-found", info: `room ${name} does not exist`, deleted: true }),
  noSuchRoute: () => new DailyFailure(404, { error: "not-found", info: "there is no such endpoint" }),
};
