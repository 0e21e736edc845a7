import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";

import { createWebhookHandler, type Webhook } from "../../../src/api/index.ts";
import { serveApi } from "../../emulator/api/serve-api.ts";
import { until } from "../../support/until.ts";

const SECRET = "a-secret-of-enough-length";

it("delivers the callbacks of a conversation typed and once each", async () => {
  const got: Webhook[] = [];
  const server = createServer(createWebhookHandler({ secret: SECRET, onWebhook: (webhook) => got.push(webhook) }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await using served = await serveApi();
    const { port } = server.address() as AddressInfo;
    const created = await served.request("POST", "/conversations", {
      pal_id: "pipecat0",
      face_id: "r90bbd427f71",
      callback_url: `http://127.0.0.1:${port}/tavus?secret=${SECRET}`,
    });
    const { conversation_id: id } = (await created.json()) as { conversation_id: string };
    served.state.participantJoined(id, { isPal: true });
    await until("the pal has joined", () => got.length > 0);
    await served.request("POST", `/conversations/${id}/end`);
    await until("it is shut down", () => got.some(({ type }) => type === "shutdown"));
    expect(got.filter(({ type }) => type === "palJoined")).toEqual([
      expect.objectContaining({ conversationId: id, faceId: "r90bbd427f71" }),
    ]);
    expect(got.find(({ type }) => type === "shutdown")).toMatchObject({ cause: "endedByRequest", conversationId: id });
    expect(got.map(({ type }) => type)).not.toContain("unknown");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
