import { describe, expect, it } from "vitest";

import { HOST, ORIGIN, PageServer } from "./page-server.ts";

const PAGE = ["/", "/_emulator/home-page.js", "/_emulator/home-page.css"];
const GETS = ["overview", "choices"].map((path) => `/_emulator/page/${path}`);
const POSTS = ["/_emulator/page/conversations", "/_emulator/page/conversations/c0/end"];

describe("the page at /", () => {
  it.each(PAGE)("%s is served, is not cached, and is refused to other origins", async (path) => {
    await using server = new PageServer();
    const answer = await server.request("GET", path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("loads nothing from elsewhere, runs no inline script, and cannot be framed", async () => {
    await using server = new PageServer();
    const answer = await server.request("GET", "/");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const html = await answer.text();
    expect(html).not.toMatch(/https?:\/\/|<style|<script>|\son\w+=/);
  });

  it("holds a token of this start, and not the API key", async () => {
    await using server = new PageServer();
    await using other = new PageServer();
    expect(await server.token()).toMatch(/^[\w-]{32}$/);
    expect(await server.token()).toBe(await server.token());
    expect(await server.token()).not.toBe(await other.token());
    expect(await (await server.request("GET", "/")).text()).not.toContain(server.tavus.apiKey);
  });
});

describe("access", () => {
  it.each([...PAGE, ...GETS])("%s: is refused to other host names and origins", async (path) => {
    await using server = new PageServer();
    const own = await server.ownHeaders();
    const status = async (headers: Record<string, string>) =>
      (await server.request("GET", path, { ...own, ...headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ host: "localhost:4747", origin: "http://localhost:4747" })).toBe(200);
    expect(await status({ host: "rebound.example.com", origin: "http://rebound.example.com" })).toBe(403);
    expect(await status({ origin: "https://example.com" })).toBe(403);
    expect(await status({ origin: "null" })).toBe(403);
    // Another server on this machine is another origin.
    expect(await status({ origin: "http://127.0.0.1:9999" })).toBe(403);
    expect(await status({ origin: `https://${HOST}` })).toBe(403);
  });

  it.each(GETS)("%s: is refused without the page's token", async (path) => {
    await using server = new PageServer();
    const status = async (headers: Record<string, string>) => (await server.request("GET", path, headers)).status;
    expect(await status({})).toBe(403);
    expect(await status({ "x-page-token": "" })).toBe(403);
    expect(await status({ "x-page-token": `${await server.token()}x` })).toBe(403);
    expect(await status({ "x-page-token": server.tavus.apiKey })).toBe(403);
    expect(await status({ "x-page-token": await server.token() })).toBe(200);
  });

  it.each(POSTS)("POST %s: requires the page's own origin and token", async (path) => {
    await using server = new PageServer();
    const token = await server.token();
    const status = async (headers: Record<string, string>) => (await server.request("POST", path, headers, {})).status;
    expect(await status({})).toBe(403);
    expect(await status({ origin: ORIGIN })).toBe(403);
    expect(await status({ "x-page-token": token })).toBe(403);
    expect(await status({ "x-page-token": token, origin: "https://example.com" })).toBe(403);
    expect(await status({ "x-page-token": token, origin: "http://localhost:4747" })).toBe(403);
    expect(server.tavus.conversations.createdConversations).toBe(0);
    expect(await status({ "x-page-token": token, origin: ORIGIN })).not.toBe(403);
  });

  it("a preflight of another origin is not answered", async () => {
    await using server = new PageServer();
    const headers = { origin: "https://example.com", "access-control-request-headers": "x-page-token" };
    const answer = await server.request("OPTIONS", POSTS[0]!, headers);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("what the page does", () => {
  it("creates a conversation of a face and a PAL, with its room", async () => {
    await using server = new PageServer();
    const fields = { face_id: "rc8992fe8e8e", pal_id: "pipecat0", conversation_name: "Try" };
    const answer = await server.ask("POST", "conversations", fields);
    expect(answer.status).toBe(200);
    const { id } = (await answer.json()) as { id: string };
    expect(server.tavus.conversations.get(id)).toMatchObject({
      name: "Try",
      status: "active",
      face: { id: "rc8992fe8e8e" },
      pal: { id: "pipecat0" },
    });
    expect(server.host.opened.map((one) => one.id)).toEqual([id]);
    expect(await server.activity()).toMatchObject([{ kind: "page", title: 'conversation "Try" created', room: id }]);
  });

  it("empty fields take the API's defaults", async () => {
    await using server = new PageServer();
    const answer = await server.ask("POST", "conversations", { face_id: "", pal_id: "", conversation_name: "" });
    expect(answer.status).toBe(200);
    expect(server.tavus.conversations.list()).toMatchObject([
      { pal: { name: "Sales Development Rep" }, face: { name: "Anna - Casual" } },
    ]);
  });

  it("receives the API's error message", async () => {
    await using server = new PageServer({ maxConcurrent: 1 });
    const refusal = async (fields: object) => {
      const answer = await server.ask("POST", "conversations", fields);
      return { status: answer.status, body: (await answer.json()) as unknown };
    };
    expect(await refusal({ face_id: "nobody" })).toEqual({ status: 400, body: { error: "Invalid replica_id" } });
    expect(await refusal({ pal_id: "pipecat0" })).toEqual({ status: 400, body: { message: "replica_id is required" } });
    expect((await refusal({ conversation_name: 7 })).status).toBe(400);
    expect((await refusal({ conversation_name: "x".repeat(201) })).status).toBe(400);
    await server.ask("POST", "conversations", {});
    expect(await refusal({})).toEqual({
      status: 400,
      body: { message: "User has reached maximum concurrent conversations" },
    });
  });

  it("limits the size of a request", async () => {
    await using server = new PageServer();
    expect((await server.ask("POST", "conversations", { conversation_name: "x".repeat(10_001) })).status).toBe(413);
  });

  it("uses up no fault queued for a bot, and does not appear in the request log", async () => {
    await using server = new PageServer();
    server.tavus.faults.next({ status: 503 });
    expect((await server.ask("POST", "conversations", {})).status).toBe(200);
    expect(server.tavus.faults.pending).toBe(1);
    expect(server.tavus.requestLog.total).toBe(0);
  });

  it("ends a conversation once, without counting as a bot's end", async () => {
    await using server = new PageServer();
    const { conversation_id: id } = (await server.api("POST", "/conversations", {})) as { conversation_id: string };
    for (let n = 0; n < 2; n++) expect((await server.ask("POST", `conversations/${id}/end`)).status).toBe(200);
    expect(server.host.closed).toEqual([{ id, reason: "end_conversation_endpoint_hit" }]);
    expect(server.tavus.endCalls(id)).toBe(0);
    expect((await server.activity()).filter(({ kind }) => kind === "page")).toHaveLength(1);
  });

  it("reports when there is nothing to end", async () => {
    await using server = new PageServer();
    const answer = await server.ask("POST", "conversations/c0/end");
    expect([answer.status, await answer.json()]).toEqual([400, { error: "Invalid conversation_id" }]);
  });

  it.each(["x", "-1", "1.5"])("after=%s is not a position in the log", async (after) => {
    await using server = new PageServer();
    expect((await server.ask("GET", `overview?after=${after}`)).status).toBe(400);
  });
});
