import type { AvatarFallback } from "../../src/transport/tavus/index.ts";
import { sendEvent, serve } from "../lib/child.ts";
import { SentenceBot } from "../lib/sentence-bot.ts";
import { monotonicMs } from "../lib/time.ts";

// The bots of one runtime, one after the other. Sends the event "moved" with the URL of each room that a bot changes to.

export interface StartBot {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly words: number;
  readonly fallback: AvatarFallback;
  readonly palReadyTimeoutMs: number;
  readonly palSilenceTimeoutMs: number;
}

/** What a bot observed of its call. */
export interface BotAccount {
  /** The avatar's states and reasons, with their times. */
  readonly avatar: readonly { readonly atMs: number; readonly is: string; readonly reason: string | undefined }[];
  /** The words that its context holds as said. */
  readonly remembered: readonly number[];
  readonly errors: readonly string[];
}

export type BotRequests = {
  /** Answers when the conversation, or what stands for it, is known. */
  start: [argument: StartBot, answer: { readonly id: string; readonly url: string; readonly startedMs: number }];
  /** Answers when the pal is the bot's voice. */
  ready: [argument: undefined, answer: undefined];
  speak: [argument: undefined, answer: undefined];
  end: [argument: undefined, answer: BotAccount];
};

const [runtime, delivery] = process.argv.slice(2);
if (runtime !== "native" && runtime !== "chromium") throw new Error(`No such runtime: ${runtime}`);
if (delivery !== "track" && delivery !== "messages") throw new Error(`No such delivery: ${delivery}`);

const PAL_DEADLINE_MS = 10_000;
let bot: SentenceBot | undefined;

function current(): SentenceBot {
  if (!bot) throw new Error("There is no bot.");
  return bot;
}

serve<BotRequests>(
  {
    async start(options) {
      const startedMs = monotonicMs();
      bot = new SentenceBot({ ...options, runtime, delivery, now: monotonicMs });
      const { transport } = bot;
      transport.on("roomChanged", ({ conversationUrl }) => sendEvent("moved", conversationUrl));
      const { conversationUrl } = await transport.createConversation();
      return { id: transport.conversationId ?? "", url: conversationUrl, startedMs };
    },
    async ready() {
      const { transport } = current();
      if (transport.avatar.is === "speaking") return undefined;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(reject, PAL_DEADLINE_MS, new Error("The pal did not join."));
        transport.on("avatarState", ({ is }) => {
          if (is !== "speaking") return;
          clearTimeout(timer);
          resolve();
        });
      });
      return undefined;
    },
    speak() {
      current().speak();
      return undefined;
    },
    async end() {
      const ending = current();
      bot = undefined;
      await ending[Symbol.asyncDispose]();
      return {
        avatar: ending.avatar.map(({ atMs, state }) => ({
          atMs,
          is: state.is,
          reason: "reason" in state ? state.reason : undefined,
        })),
        remembered: ending.remembered(),
        errors: ending.errors.map(({ message }) => message),
      };
    },
  },
  async () => {
    await bot?.[Symbol.asyncDispose]();
  },
);
