import { afterEach, describe, expect, it, vi } from "vitest";

import type { Logger } from "../../src/util/logger.ts";
import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf } from "./clients.ts";

const log = (): void => {
  throw new Error("the logger's disk is full");
};
const throwing: Logger = { debug: log, info: log, warn: log, error: log };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("with a logger that throws", () => {
  it("a conversation is still created and ended", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await using served = await serveApi();
    const api = clientOf(served, { logger: throwing });
    const { conversationId } = await api.createConversation({ faceId: "r90bbd427f71", palId: "pipecat-stream" });
    await api.endConversation(conversationId);
    expect(served.state.openConversations).toBe(0);
  });
});
