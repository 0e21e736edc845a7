import type { LatencyBreakdown } from "../../src/observers/index.ts";
import { TurnAnalyzerStopStrategy, VADStartStrategy } from "../../src/processors/index.ts";
import { deferred } from "../../src/util/deadline.ts";
import { sendEvent, serve } from "../lib/child.ts";
import { normalPriority } from "../lib/raise-priority.ts";
import { ServicesBot, type ServicesBotOptions } from "../lib/services-bot.ts";

// The bot, alone in its process. Sends the event "latency" for each answer.

export type BotRequests = {
  start: [argument: undefined, answer: { readonly conversationId: string; readonly url: string }];
};

/** Turns end with their transcript: waiting for more words is a choice of the bot, not a cost. */
const turns = {
  start: [new VADStartStrategy()],
  stop: [
    new TurnAnalyzerStopStrategy({
      analyzer: {
        listen: () => undefined,
        analyze: async () => "complete",
        reset: () => undefined,
        close: () => undefined,
      },
    }),
  ],
};

normalPriority();

let bot: ServicesBot | undefined;

serve<BotRequests>(
  {
    async start() {
      const options = JSON.parse(process.argv[2] ?? "") as ServicesBotOptions;
      bot = new ServicesBot({ ...options, turns });
      const palJoined = deferred<undefined>();
      bot.transport.on("palJoined", () => palJoined.resolve(undefined));
      bot.latency.on("latency", (breakdown: LatencyBreakdown) => sendEvent("latency", breakdown));
      const ended = bot.ended.then(() => {
        throw new Error("The bot ended before the bench did.");
      });
      await Promise.race([palJoined.promise, ended]);
      const { conversationId = "", conversationUrl = "" } = bot.transport;
      return { conversationId, url: conversationUrl };
    },
  },
  async () => bot?.[Symbol.asyncDispose](),
);
