import { expect, it } from "vitest";

import { serveApi } from "../emulator/api/serve-api.ts";

// The three requests of Pipecat's Tavus transport, exactly as it sends them.
it("answers Pipecat's three calls in the emulator", async () => {
  await using served = await serveApi();
  const created = await served.request("POST", "/conversations", {
    replica_id: "r90bbd427f71",
    persona_id: "pipecat0",
  });
  const conversation = (await created.json()) as { conversation_id: string; conversation_url: string };
  expect(conversation.conversation_url).toBe(`http://rooms.test/${conversation.conversation_id}`);
  const persona = await served.request("GET", "/personas/pipecat0");
  expect(((await persona.json()) as { persona_name: string }).persona_name).toBe("Ari");
  // Sent with the key and a content type, but without a body.
  const ended = await served.request("POST", `/conversations/${conversation.conversation_id}/end`);
  expect(ended.ok).toBe(true);
  expect(served.state.openConversations).toBe(0);
});
