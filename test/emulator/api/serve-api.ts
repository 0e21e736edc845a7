import type { AddressInfo } from "node:net";

import { serve } from "@hono/node-server";

import { createTavusApp } from "../../../src/emulator/api/index.ts";
import type { ConversationHost, EmulatedConversation } from "../../../src/emulator/conversations/conversation.ts";
import { TavusState, type TavusStateOptions } from "../../../src/emulator/state/tavus-state.ts";
import { silentLogger } from "../../../src/util/logger.ts";

/** Opens no rooms; records the requests it receives. */
export class RecordingHost implements ConversationHost {
  readonly opened: EmulatedConversation[] = [];
  readonly closed: { readonly id: string; readonly reason: string }[] = [];
  failure: Error | undefined;

  async open(conversation: EmulatedConversation): Promise<{ meetingToken?: string }> {
    if (this.failure) throw this.failure;
    this.opened.push(conversation);
    return conversation.requireAuth ? { meetingToken: `token-of-${conversation.id}` } : {};
  }

  async close(id: string, reason: string): Promise<void> {
    this.closed.push({ id, reason });
  }
}

export interface ServedApi extends AsyncDisposable {
  readonly state: TavusState;
  readonly host: RecordingHost;
  /** `http://127.0.0.1:port/v2` */
  readonly apiUrl: string;
  /** Sends one raw request, with the valid key unless the headers name another. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Serves the emulated API on a loopback port. */
export async function serveApi(options: Partial<TavusStateOptions> = {}): Promise<ServedApi> {
  const host = new RecordingHost();
  const state = new TavusState({ host, origin: "http://rooms.test", logger: silentLogger, ...options });
  const app = createTavusApp(state);
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`;
  return {
    state,
    host,
    apiUrl,
    request: (method, path, body, headers = {}) =>
      fetch(`${apiUrl}${path}`, {
        method,
        headers: { "x-api-key": state.apiKey, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    [Symbol.asyncDispose]: async () => {
      await state.shutDown();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
