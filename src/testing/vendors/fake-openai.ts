import { systemClock } from "../../util/clock.ts";
import type { FakeChatReply } from "./openai/chat-reply.ts";
import type { FakeChatRequest } from "./openai/chat-request.ts";
import { answerChat, echoLastMessage } from "./openai/chat-route.ts";
import {
  type FakeHeardSpeech,
  type FakeSpeechReply,
  type FakeSpeechRequest,
  type FakeTranscript,
  hearHello,
  speakInTones,
} from "./openai/fake-speech.ts";
import { WRONG_KEY_BODY } from "./openai/openai-errors.ts";
import { FakeRealtimeSession } from "./openai/realtime-route.ts";
import { answerSpeech } from "./openai/speech-route.ts";
import { answerTranscription } from "./openai/transcription-route.ts";
import { FakeVendor } from "./fake-vendor.ts";
import { type VendorAnswer, type VendorRequest, VendorServer, type VendorServerOptions } from "./vendor-server.ts";

/** Options of a {@link FakeOpenAI}. */
export interface FakeOpenAIOptions extends VendorServerOptions {
  /** The key that requests need. Null for a server that needs none, such as a local one. Default "sk-fake-openai-key". */
  readonly apiKey?: string | null;
  /** Answers a chat request. Default: `You said: <last user message>.` */
  readonly reply?: (request: FakeChatRequest) => FakeChatReply;
  /** Whether token usage is sent when it is asked for; some compatible servers send none. Default true. */
  readonly sendsUsage?: boolean;
  /** Speaks a text of the speech route: mono PCM at 24 kHz. Default: a tone for each word, as long as its letters. */
  readonly speak?: (request: FakeSpeechRequest) => FakeSpeechReply;
  /** Understands the speech of a file or of the realtime route. Default: "Hello there." where there is sound. */
  readonly transcribe?: (speech: FakeHeardSpeech) => FakeTranscript;
  /** Time from a request, or from the commit of speech, to the first piece of its answer, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** Time before each further piece of an answer, in milliseconds. Default 0. */
  readonly pieceDelayMs?: number;
}

/**
 * A local server that behaves like OpenAI's API, and like the servers that are compatible with it: chat completions,
 * speech, transcription of files, and the realtime route's transcription sessions. Its routes check what the vendor checks:
 * a result without its call is refused, for example, and so is a commit without speech.
 *
 * ```ts
 * await using openai = await FakeOpenAI.start({ reply: () => "Hello!" });
 * const llm = new OpenAILLMService({ apiKey: openai.apiKey, baseUrl: openai.url });
 * ```
 */
export class FakeOpenAI extends FakeVendor {
  /** Answers a chat request. May be replaced at any time. */
  reply: (request: FakeChatRequest) => FakeChatReply;

  private constructor(server: VendorServer, apiKey: string, reply: (request: FakeChatRequest) => FakeChatReply) {
    super(server, apiKey, "/v1");
    this.reply = reply;
  }

  /** Starts a server on a free port. */
  static async start(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
    const { apiKey = "sk-fake-openai-key", reply = echoLastMessage, clock = systemClock } = options;
    const { sendsUsage = true, latencyMs = 0, pieceDelayMs = 0 } = options;
    const { speak = speakInTones, transcribe = hearHello } = options;
    const times = { clock, latencyMs, pieceDelayMs };
    const chat = {
      ...times,
      reply: (request: FakeChatRequest): FakeChatReply => fake.reply(request),
      sendsUsage,
    };
    const routes: Readonly<Record<string, (request: VendorRequest, answer: VendorAnswer) => void>> = {
      "POST /v1/chat/completions": (request, answer) => void answerChat(request, answer, chat),
      "POST /v1/audio/speech": (request, answer) => void answerSpeech(request, answer, { ...times, speak }),
      "POST /v1/audio/transcriptions": (request, answer) =>
        void answerTranscription(request, answer, { ...times, transcribe }),
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
        connection: (connection) => {
          const isRealtime = connection.request.path === "/v1/realtime";
          return isRealtime ? new FakeRealtimeSession(connection, { ...times, transcribe }) : undefined;
        },
      },
      options,
    );
    const fake = new FakeOpenAI(server, apiKey ?? "none", reply);
    return fake;
  }
}
