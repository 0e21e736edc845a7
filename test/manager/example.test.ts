import type { AddressInfo } from "node:net";
import { once } from "node:events";

import { expect, it, onTestFinished } from "vitest";

import { serveCalls } from "../../examples/conversation-manager.ts";
import { ConversationManager, type EndedConversation } from "../../src/manager/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { serveApi } from "../emulator/api/serve-api.ts";

it("the example serves users with a conversation of the emulator, through TavusApi, and ends it when they leave", async () => {
  await using served = await serveApi();
  const { apiKey } = served.state;
  const ended: EndedConversation[] = [];
  await using manager = new ConversationManager(
    {
      ...{ apiKey, apiUrl: served.apiUrl, journal: false, logger: silentLogger },
      ...{ autoCreatePal: true, faceId: "r90bbd427f71", deletePal: true, leaveGraceMs: 0 },
      ...{ enablePerception: true, enableSmartTurnDetection: true, language: "english", greeting: "Hello." },
    },
    { env: {} },
  );
  manager.on("conversationEnded", (one) => ended.push(one));
  const server = serveCalls(manager).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = async (path: string): Promise<unknown> => (await fetch(`${origin}${path}`, { method: "POST" })).json();

  const [ada, grace] = await Promise.all([post("/join?user=ada"), post("/join?user=grace")]);
  expect(ada).toEqual(grace);
  expect(served.host.opened).toHaveLength(1);
  const palId = manager.palId ?? "";
  const pal = await (await served.request("GET", `/pals/${palId}`)).text();
  for (const part of ["sparrow-1", "raven-1", '"full"']) expect(pal).toContain(part);
  await post("/leave?user=ada");
  expect(served.state.openConversations).toBe(1);
  const over = new Promise<void>((resolve) => void manager.on("conversationEnded", () => resolve()));
  await post("/leave?user=grace");
  await over;
  expect(ended).toMatchObject([{ reason: "lastUserLeft", confirmed: true }]);
  expect(served.host.closed).toMatchObject([{ reason: "end_conversation_endpoint_hit" }]);

  served.state.faults.next({ method: "POST", path: "/conversations", status: 402, body: { message: "no credits" } });
  expect(await post("/join?user=ada")).toMatchObject({ error: expect.stringContaining("no credits") as string });
  await manager.close();
  expect((await served.request("GET", `/pals/${palId}`)).status).toBeGreaterThanOrEqual(400);
  expect(served.state.openConversations).toBe(0);
});
