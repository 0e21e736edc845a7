import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import {
  createWebhookHandler,
  type Webhook,
  type WebhookHandler,
  type WebhookHandlerOptions,
} from "../../../src/api/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { TestLogger } from "../../transport/frames.ts";
import { until } from "../../support/until.ts";
import { callback } from "./bodies.ts";

const SECRET = "a-secret-of-enough-length";
const SHUTDOWN = callback("system.shutdown", { shutdown_reason: "end_conversation_endpoint_hit" });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(options: Partial<WebhookHandlerOptions> = {}, wrap = (handler: WebhookHandler) => handler) {
  const got: Webhook[] = [];
  const logger = new TestLogger();
  const handler = createWebhookHandler({
    secret: SECRET,
    onWebhook: (webhook) => got.push(webhook),
    logger,
    ...options,
  });
  const server = createServer(wrap(handler));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tavus`;
  const post = async (body: unknown, { secret = SECRET, method = "POST" } = {}): Promise<number> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const query = secret === "" ? "" : `?secret=${secret}`;
    const response = await fetch(url + query, { method, ...(method === "POST" && { body: text }) });
    await response.text();
    return response.status;
  };
  return { got, logger, url, post };
}

describe("the webhook handler", () => {
  it("accepts a webhook with the secret and passes it to the listener of its type", async () => {
    const shutdowns: string[] = [];
    const { got, post } = await serve({
      onShutdown: ({ cause, conversationId }) => shutdowns.push(`${cause} ${conversationId}`),
    });
    expect(await post(SHUTDOWN)).toBe(200);
    await until("it is told", () => shutdowns.length > 0);
    expect(shutdowns).toEqual(["endedByRequest c123"]);
    expect(got.map(({ type }) => type)).toEqual(["shutdown"]);
  });

  it.each([[""], ["wrong"], [`${SECRET}x`], [SECRET.slice(0, -1)]])(
    "answers 401 to the secret %j and reads nothing",
    async (secret) => {
      const { got, post } = await serve();
      expect(await post(SHUTDOWN, { secret })).toBe(401);
      expect(await post("not even JSON", { secret })).toBe(401);
      expect(got).toEqual([]);
    },
  );

  it("answers 405 to other methods and names the allowed one", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}?secret=${SECRET}`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("answers 400 to a body that is not a webhook, with a warning without the secret", async () => {
    const { logger, post } = await serve();
    expect(await post("{")).toBe(400);
    expect(logger.warnings()).toHaveLength(1);
    expect(JSON.stringify(logger.lines)).not.toContain(SECRET);
  });

  it("answers 413 to a body that is too long, announced or not", async () => {
    const { url, post, got } = await serve({ maxBodyBytes: 1000 });
    expect(await post({ ...SHUTDOWN, junk: "x".repeat(2000) })).toBe(413);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}?secret=${SECRET}`, { method: "POST" }, (response) =>
        resolve(response.statusCode),
      );
      request.on("error", reject);
      request.write("x".repeat(600));
      request.write("x".repeat(600));
    });
    expect(status).toBe(413);
    expect(got).toEqual([]);
  });

  it("answers 408 to a body that does not arrive", async () => {
    const { url } = await serve({ bodyTimeoutMs: 30 });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}?secret=${SECRET}`, { method: "POST" }, (response) =>
        resolve(response.statusCode),
      );
      request.on("error", reject);
      request.write("{");
    });
    expect(status).toBe(408);
  });

  it("answers before the listeners run, however long they take", async () => {
    const { promise: never } = Promise.withResolvers<undefined>();
    let ran = false;
    const { post } = await serve({
      onShutdown: async () => {
        ran = true;
        await never;
      },
    });
    expect(await post(SHUTDOWN)).toBe(200);
    await until("it runs", () => ran);
    expect(await post(callback("system.shutdown", {}, { timestamp: "2026-01-01T00:00:00Z" }))).toBe(200);
  });

  it("survives listeners that throw or reject, and reports them", async () => {
    const failures: string[] = [];
    const { post } = await serve({
      onWebhook: () => {
        throw new Error("thrown");
      },
      onShutdown: async () => Promise.reject(new Error("rejected")),
      onError: ({ message }, { type }) => failures.push(`${type} ${message}`),
    });
    expect(await post(SHUTDOWN)).toBe(200);
    await until("both are told", () => failures.length === 2);
    expect(failures.sort()).toEqual(["shutdown rejected", "shutdown thrown"]);
  });

  it("logs what a listener throws without onError, and when onError throws too", async () => {
    const thrower = (): never => {
      throw new Error("the reporter");
    };
    for (const options of [{}, { onError: thrower }]) {
      const { logger, post } = await serve({
        onShutdown: () => {
          throw new Error("listener");
        },
        ...options,
      });
      await post(SHUTDOWN);
      await until("it is logged", () => logger.lines.some(({ level }) => level === "error"));
    }
  });

  it("drops repeats with the same conversation, event and time", async () => {
    const { got, post } = await serve();
    for (let i = 0; i < 3; i++) expect(await post(SHUTDOWN)).toBe(200);
    await post({ ...SHUTDOWN, conversation_id: "c9" });
    await post({ ...SHUTDOWN, timestamp: "2026-01-01T00:00:00Z" });
    await until("three are told", () => got.length === 3);
  });

  it("drops repeats without a time by their whole body", async () => {
    const { got, post } = await serve();
    const objective = { conversation_id: "c", objective_name: "n", output_variables: { a: 1 } };
    for (const body of [objective, objective, { ...objective, output_variables: { a: 2 } }]) await post(body);
    await until("two are told", () => got.length === 2);
  });

  it("reports a palJoined under two names once, and again when the pal joins again", async () => {
    const { got, post } = await serve();
    const joined = (name: string, timestamp: string) =>
      post(callback(`system.${name}`, { face_id: "f" }, { timestamp }));
    await joined("pal_joined", "t1");
    await joined("replica_joined", "t1.5");
    await joined("replica_joined", "t2");
    await joined("pal_joined", "t2.5");
    await until("two are told", () => got.length === 2);
    expect(got.map(({ timestamp }) => timestamp)).toEqual(["t1", "t2.5"]);
  });

  it("remembers no more webhooks than its limit", async () => {
    const { got, post } = await serve({ remembered: 2 });
    const at = (timestamp: string) => post({ ...SHUTDOWN, timestamp });
    for (const timestamp of ["1", "2", "3", "3", "1"]) await at(timestamp);
    await until("four are told", () => got.length === 4);
    expect(got.map(({ timestamp }) => timestamp)).toEqual(["1", "2", "3", "1"]);
  });

  it("accepts a body that a middleware has parsed", async () => {
    const { got, post } = await serve({}, (handler) => (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        (request as { body?: unknown }).body = JSON.parse(Buffer.concat(parts).toString());
        setImmediate(() => handler(request, response));
      });
    });
    expect(await post(SHUTDOWN)).toBe(200);
    await until("it is told", () => got.length === 1);
  });

  it("accepts a body that a middleware has left as bytes", async () => {
    const { got, post } = await serve({}, (handler) => (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        (request as { body?: unknown }).body = Buffer.concat(parts);
        setImmediate(() => handler(request, response));
      });
    });
    expect(await post(SHUTDOWN)).toBe(200);
    await until("it is told", () => got.length === 1);
    expect(got[0]?.type).toBe("shutdown");
  });

  it.each([
    ["maxBodyBytes", Number.NaN],
    ["bodyTimeoutMs", 0],
    ["remembered", 0],
  ])("rejects %s %d", (name, value) => {
    expect(() => createWebhookHandler({ secret: SECRET, [name]: value })).toThrow(new RegExp(name));
  });

  it("rejects a secret that is too short", () => {
    expect(() => createWebhookHandler({ secret: "short" })).toThrow(InvalidOptionError);
  });
});
