import { expect, test } from "vitest";

import { openVendorSocket } from "../../../src/services/vendor/index.ts";
import { type VendorConnection, VendorServer } from "../../../src/testing/vendors/vendor-server.ts";
import { systemClock } from "../../../src/util/clock.ts";

const KEY = "secret-key-123";
const routes = (echo = true) => ({
  authorization: { header: "authorization", value: `Token ${KEY}` },
  unauthorizedBody: { err_code: "INVALID_AUTH", err_msg: `Invalid credentials ${KEY}.` },
  connection: (connection: VendorConnection) => ({
    text: (text: string) => {
      if (echo) void connection.sendJson(JSON.parse(text) as object);
    },
    bytes: (bytes: Buffer) => void connection.sendBytes(bytes),
  }),
});

async function open(server: VendorServer, key = KEY, signal = new AbortController().signal) {
  const seen: string[] = [];
  const lost: { error: Error; code: number | undefined }[] = [];
  const socket = await openVendorSocket({
    service: "Deepgram",
    url: `${server.wsUrl}/v1/listen`,
    headers: { authorization: `Token ${key}` },
    secrets: [KEY],
    clock: systemClock,
    signal,
    onText: (text) => seen.push(text),
    onBytes: (b) => seen.push(`bytes ${b.length}`),
    onLost: (error, code) => lost.push({ error, code }),
  });
  return { socket, seen, lost };
}

test("sends and receives text and bytes", async () => {
  await using server = await VendorServer.start(routes());
  const { socket, seen, lost } = await open(server);
  socket.sendJson({ a: 1 });
  socket.sendBytes(new Uint8Array(5));
  await expect.poll(() => seen).toEqual(['{"a":1}', "bytes 5"]);
  socket.close();
  await expect.poll(() => server.openCount).toBe(0);
  expect(lost).toEqual([]);
  expect(server.requests[0]).toMatchObject({
    method: "WS",
    path: "/v1/listen",
    abortedByClient: true,
    texts: ['{"a":1}'],
    receivedBytes: 5,
  });
});

test("reports a refused handshake with the vendor's reason and without the key", async () => {
  await using server = await VendorServer.start(routes());
  await expect(open(server, "wrong")).rejects.toMatchObject({
    category: "authentication",
    retryable: false,
    message: "Deepgram refused the connection (401): Invalid credentials [redacted]. Check the API key.",
  });
  server.faults.next({ type: "refuse", status: 503, body: { error: { message: "Overloaded" } } });
  await expect(open(server)).rejects.toMatchObject({
    category: "server",
    retryable: true,
    message: "Deepgram refused the connection (503): Overloaded.",
  });
});

test("reports a lost connection once", async () => {
  await using server = await VendorServer.start(routes());
  server.faults
    .next({ type: "disconnect", afterMessages: 1 })
    .next({ type: "close", afterMessages: 0, code: 1011, reason: "NET-0001" });
  const broken = await open(server);
  broken.socket.sendJson({ a: 1 });
  await expect.poll(() => broken.lost).toMatchObject([{ error: { category: "connectivity", retryable: true } }]);
  const closed = await open(server);
  await expect
    .poll(() => closed.lost)
    .toMatchObject([{ code: 1011, error: { message: "Deepgram closed the connection with code 1011: NET-0001." } }]);
});

test("an abort gives up the handshake", async () => {
  await using server = await VendorServer.start(routes());
  await expect(open(server, KEY, AbortSignal.abort(new Error("interrupted")))).rejects.toThrow("interrupted");
});
