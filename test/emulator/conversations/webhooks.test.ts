import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, vi } from "vitest";

import { Webhooks } from "../../../src/emulator/conversations/webhooks.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { serveApi } from "../api/serve-api.ts";

interface Received {
  readonly url: string | undefined;
  readonly body: Record<string, unknown>;
}

/** Receives callbacks and answers 200. */
async function receiver() {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ url: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) as Received["body"] });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?secret=s`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("the callbacks of a conversation", () => {
  it("are those of the reference, in its envelope and in order", async () => {
    await using hook = await receiver();
    await using served = await serveApi();
    const { state } = served;
    const layers = { perception: { perception_model: "raven-1" } };
    const pal = { persona_name: "n", system_prompt: "s", default_replica_id: "r90bbd427f71", layers };
    const { persona_id } = (await (await served.request("POST", "/personas", pal)).json()) as { persona_id: string };
    const created = await served.request("POST", "/conversations", {
      persona_id,
      callback_url: hook.url,
      properties: { enable_recording: true, recording_storage: { provider: "gcs", bucket_name: "bucket" } },
    });
    const { conversation_id: id } = (await created.json()) as { conversation_id: string };
    state.participantJoined(id, { isPal: true });
    state.participantJoined(id, { isPal: false });
    state.conversations.transcribe(id, "assistant", "Hi");
    state.conversations.transcribe(id, "user", "Hello");
    state.recordingStarted(id, "rec1");
    await served.request("POST", `/conversations/${id}/end`);
    await state.webhooks.idle();
    expect(hook.received.map(({ body }) => [body.event_type, body.message_type])).toEqual([
      ["system.pal_joined", "system"],
      ["system.replica_joined", "system"],
      ["system.shutdown", "system"],
      ["application.transcription_ready", "application"],
      ["application.recording_ready", "application"],
      ["application.perception_analysis", "application"],
    ]);
    const [joined, , shutdown, transcript, recording] = hook.received.map(({ body }) => body);
    expect(joined).toEqual({
      properties: { face_id: "r90bbd427f71" },
      conversation_id: id,
      webhook_url: hook.url,
      event_type: "system.pal_joined",
      message_type: "system",
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
    });
    expect(shutdown?.properties).toEqual({
      replica_id: "r90bbd427f71",
      shutdown_reason: "end_conversation_endpoint_hit",
    });
    expect(transcript?.properties).toMatchObject({
      transcript: [
        { role: "assistant", content: "Hi" },
        { role: "user", content: "Hello" },
      ],
    });
    expect(recording?.properties).toMatchObject({ storage_provider: "gcs", bucket_name: "bucket" });
    expect(hook.received[0]?.url).toBe("/hook?secret=s");
    expect(state.webhooks.deliveries.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const verbose = await served.request("GET", `/conversations/${id}?verbose=true`);
    expect(((await verbose.json()) as { events: unknown[] }).events).toHaveLength(6);
  });

  it("of a call that nobody joined are only those of the system", async () => {
    await using hook = await receiver();
    await using served = await serveApi();
    await served.request("POST", "/conversations", { callback_url: hook.url });
    await served.state.close();
    await served.state.webhooks.idle();
    expect(hook.received.map(({ body }) => body.event_type)).toEqual(["system.shutdown"]);
  });

  it("can be any other, on demand", async () => {
    await using hook = await receiver();
    await using served = await serveApi();
    const created = await served.request("POST", "/conversations", { callback_url: hook.url });
    const { conversation_id: id } = (await created.json()) as { conversation_id: string };
    const properties = { recording_id: "x", error_code: "DESTINATION_AUTH_FAILED" };
    served.state.conversations.record(id, "application.recording_copy_failed", properties);
    served.state.webhooks.send(hook.url, { conversation_id: id, objective_name: "o", output_variables: {} });
    await served.state.webhooks.idle();
    expect(hook.received).toMatchObject([
      { body: { event_type: "application.recording_copy_failed", message_type: "application", properties } },
      { body: { objective_name: "o" } },
    ]);
  });
});

it("the last callbacks are sent when the account is shut down, but not waited for long", async () => {
  await using hook = await receiver();
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const clock = { ...systemClock, setTimeout: (work: () => void, ms: number) => systemClock.setTimeout(work, ms / 10) };
  const served = await serveApi({ clock });
  await served.request("POST", "/conversations", { callback_url: hook.url });
  served.state.webhooks.send(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, {});
  await served[Symbol.asyncDispose]();
  expect(hook.received.map(({ body }) => body.event_type)).toEqual(["system.shutdown"]);
  silent.closeAllConnections();
  silent.close();
});

describe("other callbacks", () => {
  it("report faces, documents and videos when they are ready", async () => {
    await using hook = await receiver();
    await using served = await serveApi({ jobMs: 0 });
    const callback_url = hook.url;
    await served.request("POST", "/faces", { train_video_url: "https://a.test", callback_url });
    await served.request("POST", "/documents", { document_url: "https://a.test", callback_url });
    await served.request("POST", "/videos", { face_id: "r90bbd427f71", script: "s", callback_url });
    await expect.poll(() => hook.received.length).toBe(4);
    expect(hook.received.map(({ body }) => body.status).sort()).toEqual(["processing", "ready", "ready", "ready"]);
  });
});

describe("sending", () => {
  it("gives a silent receiver five seconds, and continues", async () => {
    const clock = new VirtualClock();
    const webhooks = new Webhooks(clock, silentLogger);
    await using hook = await receiver();
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    webhooks.send(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, { n: 1 });
    webhooks.send(hook.url, { n: 2 });
    // Callbacks to a responsive receiver do not wait for the other.
    await expect.poll(() => hook.received.length).toBe(1);
    await clock.advance(5000);
    await webhooks.idle();
    expect(webhooks.deliveries).toMatchObject([{ status: 200 }, { status: undefined }]);
    silent.closeAllConnections();
    silent.close();
  });

  it("to one receiver is sequential, so that order is kept", async () => {
    const waiting: (() => void)[] = [];
    const slow = createServer((_request, response) => waiting.push(() => response.end()));
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
    await using other = await receiver();
    const webhooks = new Webhooks(systemClock, silentLogger);
    for (let n = 0; n < 3; n++) webhooks.send(url, { n });
    webhooks.send(other.url, {});
    await expect.poll(() => other.received.length + waiting.length).toBe(2);
    for (let n = 0; n < 3; n++) {
      await expect.poll(() => waiting.length).toBe(1);
      waiting.shift()?.();
    }
    await webhooks.idle();
    expect(webhooks.deliveries.filter((one) => one.url === url).map(({ body }) => body.n)).toEqual([0, 1, 2]);
    slow.close();
  });

  it("drops callbacks beyond a maximum, counts them and warns once", async () => {
    const warn = vi.fn();
    const webhooks = new Webhooks(systemClock, { ...silentLogger, warn });
    for (let i = 0; i < 1010; i++) webhooks.send("http://127.0.0.1:1/", { i });
    expect(webhooks.dropped).toBe(10);
    expect(warn).toHaveBeenCalledOnce();
    await webhooks.idle();
    expect(webhooks.deliveries).toHaveLength(1000);
  });

  it.each(["", "nowhere", "file:///etc/passwd"])("to %j is ignored", async (url) => {
    const webhooks = new Webhooks(systemClock, silentLogger);
    webhooks.send(url, {});
    await webhooks.idle();
    expect(webhooks.deliveries).toEqual([]);
  });

  it("stops with the account", async () => {
    await using hook = await receiver();
    const webhooks = new Webhooks(systemClock, silentLogger);
    webhooks.close();
    webhooks.send(hook.url, {});
    await webhooks.idle();
    expect(hook.received).toEqual([]);
  });
});
