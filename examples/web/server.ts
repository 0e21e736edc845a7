// The server of the page: serves it, and starts a bot for everyone who asks. POST /start answers what Pipecat's clients expect.
// Anyone who reaches it can start conversations, which cost money: put your own log-in in front of it.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PipelineRunner, type TavusConversation, TavusTransportError } from "tavus-transport";
import { createBot, type TavusAccount } from "./bot.ts";
import { sendPageFile } from "./page-files.ts";

const MAX_BODY_BYTES = 16_384;
const BODY_TIMEOUT_MS = 5000;
const START_TIMEOUT_MS = 30_000;

export interface ServerOptions {
  /** Default 7860; 0 takes any free port. */
  readonly port?: number;
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** How many conversations may be open at once. Default 4. */
  readonly maxConversations?: number;
  /** Origins whose pages may start conversations, besides this server's own. Needed behind a proxy, where its own is not known. */
  readonly allowedOrigins?: readonly string[];
  /** Where conversations are created. Default: the environment's Tavus. */
  readonly account?: TavusAccount | undefined;
  /** The folder of the built page. */
  readonly pageFolder?: string;
}

/** A request that is refused; the message is for the user. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Starts the server. Disposing of it ends every conversation. */
export async function startServer(options: ServerOptions = {}): Promise<{ readonly url: string } & AsyncDisposable> {
  const { port = 7860, host = "127.0.0.1", maxConversations = 4, allowedOrigins = [] } = options;
  const { pageFolder = join(import.meta.dirname, "page", "dist") } = options;
  // Signals are the server's: it stops to take requests first.
  const runner = new PipelineRunner({ handleSignals: false });
  let open = 0;

  // #region start
  /** Resolves when the bot is in the room: clients send `client-ready` once, as soon as they hear the pal, and the bot must receive it. */
  async function startBot(): Promise<TavusConversation> {
    if (open >= maxConversations) throw new Refusal(429, "All bots are busy. Try again in a few minutes.");
    const { transport, task } = createBot({ account: options.account });
    open++;
    transport.on("error", (error) => console.error(`A conversation reports: ${error.message}`));
    const connected = new Promise((resolve) => transport.once("connected", resolve));
    const running = runner.run(task).finally(() => open--);
    const over = running.then(({ reason }) => {
      console.log(`${transport.conversationId ?? "A conversation"} has ended: ${reason ?? "no reason"}`);
      throw new Refusal(503, "The bot ended before it was in the room.");
    });
    over.catch((error: unknown) => {
      if (!(error instanceof Refusal)) console.error(`A conversation failed: ${messageOf(error)}`);
    });
    try {
      await withDeadline(Promise.race([connected, over]));
      return await transport.createConversation(); // The one it is in, with the token of a private room.
    } catch (error) {
      task.cancel("the bot did not get into the room");
      throw error;
    }
  }
  // #endregion

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://server");
    if (pathname !== "/start") {
      if (request.method !== "GET" && request.method !== "HEAD") throw new Refusal(405, "Only GET.");
      await sendPageFile(pageFolder, pathname, response);
      return;
    }
    const { origin } = request.headers;
    checkOrigin(request, allowedOrigins);
    if (origin !== undefined) response.setHeader("access-control-allow-origin", origin).setHeader("vary", "origin");
    if (request.method === "OPTIONS") {
      response
        .writeHead(204, { "access-control-allow-headers": "content-type", "access-control-max-age": "600" })
        .end();
      return;
    }
    if (request.method !== "POST") throw new Refusal(405, "Only POST.");
    await readBody(request);
    const { conversationUrl, conversationId, meetingToken } = await startBot();
    sendJson(response, 200, {
      dailyRoom: conversationUrl,
      sessionId: conversationId,
      ...(meetingToken !== undefined && { dailyToken: meetingToken }),
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal))
        console.error(`${request.method ?? ""} ${request.url ?? ""}: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else if (error instanceof Refusal) sendJson(response, error.status, { detail: error.message });
      else sendJson(response, 502, { detail: "The bot could not be started. The server's log says why." });
    });
  });
  server.requestTimeout = BODY_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, "listening");
  const { port: actualPort } = server.address() as AddressInfo;
  return {
    url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${String(actualPort)}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await runner[Symbol.asyncDispose]();
      server.closeAllConnections();
    },
  };
}

/**
 * Refuses pages of other sites: a visitor's browser would start conversations for them. Requests without an Origin are no page's.
 * The Host must be this machine or an allowed one, since any name can be made to point here.
 */
function checkOrigin({ headers }: IncomingMessage, allowed: readonly string[]): void {
  const { origin, host = "" } = headers;
  if (origin === undefined || allowed.includes(origin)) return;
  const isOwn = origin === `http://${host}` && /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host);
  if (!isOwn) throw new Refusal(403, "This page may not start conversations here. Add its origin to ALLOWED_ORIGINS.");
}

/** Reads what the client asks for. Nothing of it is used here; `body.body` is where clients put data of their own. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Refusal(413, "The request is too large.");
    parts.push(part);
  }
  if (bytes === 0) return {};
  // A page of another site cannot send JSON without asking first.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "The body must be JSON.");
  try {
    return JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw new Refusal(400, "The body is not JSON.");
  }
}

async function withDeadline<T>(promise: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Refusal(504, "The bot did not start in time.")), START_TIMEOUT_MS);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

/** No error of the library contains a key. */
function messageOf(error: unknown): string {
  if (error instanceof TavusTransportError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** The variables of `.env.example`; empty ones count as absent. */
function readSettings(): ServerOptions {
  const { PORT, HOST, MAX_CONVERSATIONS, ALLOWED_ORIGINS } = process.env;
  return {
    ...(PORT && { port: Number(PORT) }),
    ...(HOST && { host: HOST }),
    ...(MAX_CONVERSATIONS && { maxConversations: Number(MAX_CONVERSATIONS) }),
    ...(ALLOWED_ORIGINS && { allowedOrigins: ALLOWED_ORIGINS.split(",").map((one) => one.trim()) }),
  };
}

if (import.meta.main) {
  await using stack = new AsyncDisposableStack();
  let account: TavusAccount | undefined;
  if (!process.env.TAVUS_API_KEY) {
    const { startEmulator } = await import("tavus-transport/emulator");
    const { apiKey, apiUrl } = stack.use(await startEmulator());
    account = { apiKey, apiUrl, faceId: "r90bbd427f71" };
    console.log("No TAVUS_API_KEY: conversations take place in the emulator, on this machine.");
  }
  const server = stack.use(await startServer({ ...readSettings(), account }));
  console.log(`Open ${server.url}`);
  const signal = await Promise.race(["SIGINT", "SIGTERM"].map(async (name) => (await once(process, name), name)));
  console.log(`${signal}: ending every conversation…`);
}
