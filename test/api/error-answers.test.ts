import { describe, expect, it } from "vitest";

import { TavusApiError, type TavusErrorCode, type TavusResource } from "../../src/api/index.ts";
import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

interface Case {
  readonly status: number;
  readonly body: unknown;
  readonly code: TavusErrorCode;
  readonly retryable: boolean;
  readonly says: string;
  readonly resource?: TavusResource;
  readonly headers?: Record<string, string>;
}

const CREATE_FAILED = "There was an error creating the conversation, please reach out to support at support@tavus.io!";
const TOO_MANY = "User has reached maximum concurrent conversations";

const cases: readonly Case[] = [
  {
    status: 400,
    body: { error: "Invalid conversation_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid conversation_id",
    resource: "conversation",
  },
  {
    status: 400,
    body: { error: "Invalid persona_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid persona_id",
    resource: "pal",
  },
  {
    status: 400,
    body: { error: "Invalid pal_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid pal_id",
    resource: "pal",
  },
  {
    status: 400,
    body: { error: "Invalid replica_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid replica_id",
    resource: "face",
  },
  {
    status: 400,
    body: { error: "Invalid replica_uuid" },
    code: "notFound",
    retryable: false,
    says: "Invalid replica_uuid",
    resource: "face",
  },
  {
    status: 400,
    body: { message: "Invalid face_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid face_id",
    resource: "face",
  },
  { status: 400, body: { message: TOO_MANY }, code: "concurrencyLimit", retryable: true, says: TOO_MANY },
  { status: 429, body: { message: TOO_MANY }, code: "concurrencyLimit", retryable: true, says: TOO_MANY },
  { status: 400, body: { error: CREATE_FAILED }, code: "invalidRequest", retryable: false, says: CREATE_FAILED },
  {
    status: 400,
    body: { message: "objective_name is required" },
    code: "invalidRequest",
    retryable: false,
    says: "objective_name is required",
  },
  {
    status: 401,
    body: { message: "Invalid access token" },
    code: "unauthorized",
    retryable: false,
    says: "Invalid access token",
  },
  {
    status: 402,
    body: { message: "The user is out of conversational credits" },
    code: "outOfCredits",
    retryable: false,
    says: "The user is out of conversational credits",
  },
  { status: 403, body: { detail: "no" }, code: "forbidden", retryable: false, says: "no" },
  {
    status: 404,
    body: { message: "Document not found" },
    code: "notFound",
    retryable: false,
    says: "Document not found",
    resource: "document",
  },
  {
    status: 409,
    body: { error: "Document must be in 'ready' or 'error' state" },
    code: "invalidRequest",
    retryable: false,
    says: "Document must be in 'ready' or 'error' state",
  },
  {
    status: 422,
    body: { message: "Invalid JSON patch format" },
    code: "invalidRequest",
    retryable: false,
    says: "Invalid JSON patch format",
  },
  {
    status: 429,
    body: { error: "Recrawl cooldown: please wait 45 minutes" },
    code: "rateLimited",
    retryable: true,
    says: "Recrawl cooldown: please wait 45 minutes",
    headers: { "retry-after": "2700" },
  },
  {
    status: 404,
    body: { error: "Objective not found" },
    code: "notFound",
    retryable: false,
    says: "Objective not found",
    resource: "objectives",
  },
  {
    status: 404,
    body: { error: "Guardrails not found" },
    code: "notFound",
    retryable: false,
    says: "Guardrails not found",
    resource: "guardrails",
  },
  {
    status: 404,
    body: { error: "Tool not found" },
    code: "notFound",
    retryable: false,
    says: "Tool not found",
    resource: "tool",
  },
  {
    status: 404,
    body: { message: "Pronunciation dictionary not found" },
    code: "notFound",
    retryable: false,
    says: "Pronunciation dictionary not found",
    resource: "pronunciationDictionary",
  },
  {
    status: 400,
    body: { error: "Invalid objectives_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid objectives_id",
    resource: "objectives",
  },
  {
    status: 400,
    body: { error: "Invalid guardrails_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid guardrails_id",
    resource: "guardrails",
  },
  {
    status: 400,
    body: { error: "Invalid video_id" },
    code: "notFound",
    retryable: false,
    says: "Invalid video_id",
    resource: "video",
  },
  {
    status: 404,
    body: { message: "Not Found" },
    code: "notFound",
    retryable: false,
    says: "Not Found",
    resource: "conversation",
  },
  {
    status: 400,
    body: { error: "Invalid request: name is required" },
    code: "invalidRequest",
    retryable: false,
    says: "Invalid request: name is required",
  },
  {
    status: 400,
    body: { error: "Invalid patch operation" },
    code: "invalidRequest",
    retryable: false,
    says: "Invalid patch operation",
  },
  {
    status: 400,
    body: { error: "Invalid color_id" },
    code: "invalidRequest",
    retryable: false,
    says: "Invalid color_id",
  },
  {
    status: 400,
    body: { message: "The user is out of conversational credits" },
    code: "outOfCredits",
    retryable: false,
    says: "The user is out of conversational credits",
  },
  {
    status: 429,
    body: { error: "Crawl document limit reached (100)" },
    code: "rateLimited",
    retryable: true,
    says: "Crawl document limit reached (100)",
  },
  {
    status: 413,
    body: { error: "Invalid request: the body is too large" },
    code: "invalidRequest",
    retryable: false,
    says: "Invalid request: the body is too large",
  },
  { status: 502, body: "Bad Gateway", code: "serverError", retryable: true, says: "Bad Gateway" },
  {
    status: 504,
    body: { error: ["not", "text"] },
    code: "serverError",
    retryable: true,
    says: '{"error":["not","text"]}',
  },
  { status: 500, body: "<html>Oops</html>", code: "serverError", retryable: true, says: "<html>Oops</html>" },
];

describe("documented error answers", () => {
  it.each(cases)("$status $says is $code", async ({ status, body, code, retryable, says, resource, headers }) => {
    await using served = await serveApi();
    served.state.faults.next({ status, body, headers, times: 3 });
    const error = await failureOf(clientOf(served).getConversation("c123456"));
    expect(error).toBeInstanceOf(TavusApiError);
    expect(error).toMatchObject({ code, status, retryable, serverMessage: says, ...(resource ? { resource } : {}) });
    expect((error as Error).message).toContain(says);
    // A next step follows the server's message.
    expect((error as Error).message.length).toBeGreaterThan(says.length + 60);
  });

  it.each([
    [403, "forbidden"],
    [500, "serverError"],
    [408, "timeout"],
  ] as const)("map %d without a body to %s", async (status, code) => {
    await using served = await serveApi();
    served.state.faults.next({ status, times: 3 });
    const error = await failureOf(clientOf(served).getConversation("c1"));
    expect(error).toMatchObject({ code, status, serverMessage: undefined });
    expect((error as Error).message).toContain("no message");
  });

  it("do not repeat a request after a concurrency limit or a rejection", async () => {
    await using served = await serveApi();
    for (const [status, message] of [
      [400, TOO_MANY],
      [429, TOO_MANY],
      [403, "no"],
    ] as const) {
      served.state.faults.next({ status, body: { message }, times: 5 });
      await failureOf(clientOf(served).getConversation("c1"));
      expect(served.state.faults.pending).toBe(4);
      served.state.faults.clear();
    }
  });

  it("report a requested pause that is too long, and do not wait for it", async () => {
    await using served = await serveApi();
    served.state.faults.next({ status: 429, body: {}, headers: { "retry-after": "2700" } });
    const error = await failureOf(clientOf(served).getConversation("c1"));
    expect(error).toMatchObject({ code: "rateLimited", retryAfterMs: 2_700_000 });
  });

  it("repeat a read after 5xx, 429 and a reset connection", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const { conversationId } = await api.createConversation();
    for (const fault of [{ status: 502, body: "<html>" }, { status: 429 }, { reset: true }]) {
      served.state.faults.next({ ...fault, times: 2 });
      expect((await api.getConversation(conversationId)).conversationId).toBe(conversationId);
      expect(served.state.faults.pending).toBe(0);
    }
  });

  it("repeat a read a limited number of times", async () => {
    await using served = await serveApi();
    served.state.faults.next({ status: 500, body: {}, times: 100 });
    expect(await failureOf(clientOf(served).getConversation("c1"))).toMatchObject({ code: "serverError" });
    expect(served.state.faults.pending).toBe(97);
  });

  it("do not follow a redirect, so that the key is not sent to another host", async () => {
    await using served = await serveApi();
    await using elsewhere = await serveApi();
    served.state.faults.next({ status: 302, headers: { location: `${elsewhere.apiUrl}/conversations` } });
    expect(await failureOf(clientOf(served).listConversations())).toMatchObject({ code: "badResponse", status: 302 });
    expect(elsewhere.state.requestLog.total).toBe(0);
  });

  it("report an unknown host and a refused connection as unreachable", async () => {
    const refused = clientWith((url, init) => fetch(url, init), { apiUrl: "http://127.0.0.1:2/v2" });
    expect(await failureOf(refused.getPal("p1"))).toMatchObject({
      code: "unreachable",
      delivered: "no",
      retryable: true,
    });
    const unknown = clientWith(async () => {
      throw Object.assign(new TypeError("fetch failed"), {
        cause: Object.assign(new Error("getaddrinfo ENOTFOUND tavus.test"), { code: "ENOTFOUND" }),
      });
    });
    const error = await failureOf(unknown.getPal("p1"));
    expect(error).toMatchObject({ code: "unreachable", delivered: "no" });
    expect((error as Error).message).toContain("ENOTFOUND");
  });

  it("report an untrusted certificate as unreachable and not retryable", async () => {
    let calls = 0;
    const api = clientWith(async () => {
      calls++;
      throw new TypeError("fetch failed", {
        cause: Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
      });
    });
    expect(await failureOf(api.getPal("p1"))).toMatchObject({ code: "unreachable", delivered: "no", retryable: false });
    expect(calls).toBe(1);
  });

  it("report a late answer as a timeout, even from a fetch that ignores its signal", async () => {
    const api = clientWith(() => new Promise<Response>(() => undefined), { timeoutMs: 50 });
    const error = await failureOf(api.getPal("p1"));
    expect(error).toMatchObject({ code: "timeout", delivered: "unknown", retryable: true });
    expect((error as Error).message).toContain("50 ms");
  });

  it("report an endless body as a timeout", async () => {
    const api = clientWith(async () => new Response(new ReadableStream()), { timeoutMs: 50 });
    expect(await failureOf(api.getPal("p1"))).toMatchObject({ code: "timeout" });
  });

  it("reject at once with the signal's reason after an abort, without a retry", async () => {
    await using served = await serveApi();
    served.state.faults.next({ delayMs: 1900, times: 3 });
    const controller = new AbortController();
    const reason = new Error("enough");
    const call = failureOf(clientOf(served).getConversation("c1", { signal: controller.signal }));
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(await failureOf(clientOf(served).getPal("p1", { signal: controller.signal }))).toBe(reason);
    expect(served.state.requestLog.total).toBe(0);
  });
});
