import { systemClock } from "../../util/clock.ts";
import type { FakeChatReply } from "./openai/chat-reply.ts";
import type { FakeChatRequest } from "./openai/chat-request.ts";
import { answerChat, echoLastMessage } from "./openai/chat-route.ts";
import { WRONG_KEY_BODY } from "./openai/openai-errors.ts";
import type { VendorFaults } from "./vendor-faults.ts";
import { type VendorAnswer, type VendorRequest, VendorServer, type VendorServerOptions } from "./vendor-server.ts";

/** Options of a {@link FakeOpenAI}. */
export interface FakeOpenAIOptions extends VendorServerOptions {
  /** The key that requests need. Null for a server that needs none, such as a local one. Default "sk-fake-openai-key". */
  readonly apiKey?: string | null;
  /** Answers a chat request. Default: `You said: <last user message>.` */
  readonly reply?: (request: FakeChatRequest) => FakeChatReply;
  /** Whether token usage is sent when it is asked for; some compatible servers send none. Default true. */
  readonly sendsUsage?: boolean;
  /** Time from a chat request to its first piece, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Time before each further piece of a chat answer, in milliseconds. Default 0. */
  readonly pieceDelayMs?: number;
}

/**
 * A local server that behaves like OpenAI's API, and like the servers that are compatible with it. Its chat route checks
 * what the vendor checks: a result without its call is refused, for example.
 *
 * ```ts
 * await using openai = await FakeOpenAI.start({ reply: () => "Hello!" });
 * const llm = new OpenAILLMService({ apiKey: openai.apiKey, baseUrl: openai.url });
 * ```
 */
export class FakeOpenAI implements AsyncDisposable {
  /** The key that requests need; any will do where none is needed. */
  readonly apiKey: string;
  /** Answers a chat request. May be replaced at any time. */
  reply: (request: FakeChatRequest) => FakeChatReply;
  readonly #server: VendorServer;

  private constructor(server: VendorServer, apiKey: string, reply: (request: FakeChatRequest) => FakeChatReply) {
    this.#server = server;
    this.apiKey = apiKey;
    this.reply = reply;
  }

  /** Starts a server on a free port. */
  static async start(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
    const { apiKey = "sk-fake-openai-key", reply = echoLastMessage, clock = systemClock } = options;
    const { sendsUsage = true, latencyMs = 0, pieceDelayMs = 0 } = options;
    const chat = {
      clock,
      reply: (request: FakeChatRequest): FakeChatReply => fake.reply(request),
      sendsUsage,
      latencyMs,
      pieceDelayMs,
    };
    const routes: Readonly<Record<string, (request: VendorRequest, answer: VendorAnswer) => void>> = {
      "POST /v1/chat/completions": (request, answer) => void answerChat(request, answer, chat),
    };
    const server = await VendorServer.start(
      {
        authorization: apiKey === null ? undefined : { header: "authorization", value: `Bearer ${apiKey}` },
        unauthorizedBody: WRONG_KEY_BODY,
        request: (request, answer) => {
          const route = routes[`${request.method} ${request.path}`];
          route?.(request, answer);
          return route !== undefined;
        },
      },
      options,
    );
    const fake = new FakeOpenAI(server, apiKey ?? "none", reply);
    return fake;
  }

  /** The base URL for HTTP, with `/v1`. */
  get url(): string {
    return `${this.#server.url}/v1`;
  }

  /** The base URL for WebSockets, with `/v1`. */
  get wsUrl(): string {
    return `${this.#server.wsUrl}/v1`;
  }

  /** Faults of the requests and connections to come. */
  get faults(): VendorFaults {
    return this.#server.faults;
  }

  /** The requests and connections so far, oldest first. */
  get requests(): readonly VendorRequest[] {
    return this.#server.requests;
  }

  /** Number of requests and connections that are not over. */
  get openCount(): number {
    return this.#server.openCount;
  }

  /** Breaks all connections and stops. Idempotent. */
  close(): Promise<void> {
    return this.#server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
