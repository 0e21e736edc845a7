import { type Emulator, startEmulator } from "../src/emulator/index.ts";
import { Pipeline, PipelineRunner, PipelineTask } from "../src/pipeline/index.ts";
import { LevelVADProcessor, ParrotProcessor, UserTurnProcessor } from "../src/processors/index.ts";
import { createDailyCall } from "../src/transport/daily/index.ts";
import { TavusTransport } from "../src/transport/tavus/index.ts";
import { withDeadline } from "../src/util/deadline.ts";
import { systemClock } from "../src/util/clock.ts";
import { asError } from "../src/util/errors.ts";
import { BotObserver } from "./bot-observer.ts";
import type { DemoOptions } from "./options.ts";
import { ScriptedUser } from "./scripted-user.ts";
import { LOUD_PEAK, SpanDetector } from "./sound.ts";
import type { Utterance } from "./speech.ts";

const FACE_ID = "r90bbd427f71";
const START_DEADLINE_MS = 40_000;
const REPLY_DEADLINE_MS = 15_000;
/** The pal counts as finished after this much silence. */
const END_OF_REPLY_MS = 900;
/** How far into a reply the user barges in. */
const BARGE_IN_AFTER_MS = 700;

/** All observations of one conversation, for the report. */
export interface Conversation {
  readonly id: string;
  readonly joinMs: number;
  readonly palUserId: string;
  readonly bot: BotObserver;
  readonly user: ScriptedUser;
  readonly palSpans: SpanDetector;
  readonly palLoudMs: readonly number[];
  readonly interruptMessages: number;
  readonly bargeIns: number;
  readonly created: number;
  readonly endCalls: number;
  readonly openConversations: number;
  readonly error: Error | undefined;
}

export type Say = (line: string) => void;

interface Bot {
  readonly transport: TavusTransport;
  readonly task: PipelineTask;
  readonly observer: BotObserver;
  readonly running: Promise<unknown>;
  readonly over: AbortSignal;
  joinMs(): number;
}

function startBot(emulator: Emulator, { runtime, delivery }: DemoOptions, now: () => number, say: Say): Bot {
  let joinMs = 0;
  const transport = new TavusTransport(
    {
      botName: "Polly",
      faceId: FACE_ID,
      apiKey: emulator.apiKey,
      apiUrl: emulator.apiUrl,
      runtime,
      params: { audioDelivery: delivery },
    },
    {
      createCall: async ({ url }) => {
        const call = await createDailyCall({ url, runtime });
        const join = call.join.bind(call);
        call.join = async (options) => {
          const before = now();
          const joined = await join(options);
          joinMs = now() - before;
          return joined;
        };
        return call;
      },
      // The demo talks to the emulator, regardless of the keys in the environment.
      env: {},
    },
  );
  const offset = performance.now() - now();
  const observer = new BotObserver((clockMs) => clockMs - offset, say);
  const task = new PipelineTask(
    new Pipeline([
      transport.input(),
      new LevelVADProcessor(),
      new UserTurnProcessor(),
      new ParrotProcessor(),
      transport.output(),
    ]),
    { observers: [observer] },
  );
  transport.on("connected", () => {
    say("bot:  joined the room");
  });
  transport.on("palJoined", ({ userName }) => {
    say(`pal:  "${userName}" joined`);
  });
  transport.on("clientConnected", ({ userName }) => {
    say(`user: "${userName}" joined`);
  });
  transport.on("clientDisconnected", () => {
    say("user: left");
    task.end("the user left");
  });
  const over = new AbortController();
  const running = new PipelineRunner().run(task);
  running.then(
    () => {
      over.abort();
    },
    () => {
      over.abort();
    },
  );
  return { transport, task, observer, running, over: over.signal, joinMs: () => joinMs };
}

/** Resolves when bot and pal are in the room; rejects with the reason when the bot ends before that. */
async function ready(bot: Bot): Promise<string> {
  const { transport } = bot;
  const palJoined = new Promise<void>((resolve) => {
    transport.on("palJoined", () => {
      resolve();
    });
  });
  const ended = bot.running.then(() => {
    throw new Error("The bot ended before the conversation began.");
  });
  await withDeadline(systemClock, Promise.race([palJoined, ended]), START_DEADLINE_MS, "The start of the conversation");
  return transport.conversationUrl ?? "";
}

/** A person instead of the script: until Ctrl-C, or until they leave. */
export async function runLive(options: DemoOptions, say: Say): Promise<void> {
  const origin = performance.now();
  await using emulator = await startEmulator();
  const bot = startBot(emulator, options, () => performance.now() - origin, say);
  const url = await ready(bot);
  say(`Open ${url} in Chrome on this machine, join, and talk. The pal repeats you. Ctrl-C ends it.`);
  await bot.running;
}

/** Runs the scripted conversation, from start-up to complete clean-up. */
export async function runConversation(
  options: DemoOptions,
  utterances: readonly Utterance[],
  say: Say,
): Promise<Conversation> {
  const origin = performance.now();
  const now = (): number => performance.now() - origin;
  await using emulator = await startEmulator();
  say("A local Tavus is up: API, room and pal on 127.0.0.1.");
  const bot = startBot(emulator, options, now, say);
  const url = await ready(bot);
  const id = bot.transport.conversationId ?? "";

  const palSpans = new SpanDetector();
  const palLoudMs: number[] = [];
  let interruptMessages = 0;
  const pal = emulator.pal(id);
  pal?.events
    .on("played", (_data, peak) => {
      const atMs = now();
      if (palSpans.feed(atMs, peak)) say("pal:  (speaks)");
      if (peak >= LOUD_PEAK) palLoudMs.push(atMs);
    })
    .on("interrupted", () => {
      interruptMessages++;
    });
  const palUserId =
    emulator
      .room(id)
      ?.participants()
      .find(({ sessionId }) => sessionId === pal?.sessionId)?.userId ?? "";

  const user = await ScriptedUser.join({
    url,
    runtime: options.runtime,
    microphoneRate: utterances[0]?.sampleRate ?? 16_000,
    isPal: ({ userId }) => userId === palUserId,
    now,
    over: bot.over,
  });
  let error: Error | undefined;
  let bargeIns = 0;
  try {
    bargeIns = await converse(user, utterances, now, say);
  } catch (thrown) {
    error = asError(thrown);
  } finally {
    await user.leave();
  }
  try {
    await bot.running;
  } catch (thrown) {
    error ??= asError(thrown);
  }
  say("The call is over.");
  return {
    id,
    joinMs: bot.joinMs(),
    palUserId,
    bot: bot.observer,
    user,
    palSpans,
    palLoudMs,
    interruptMessages,
    bargeIns,
    created: emulator.tavus.conversations.createdConversations,
    endCalls: emulator.tavus.endCalls(id),
    openConversations: emulator.tavus.openConversations,
    error,
  };
}

/** Every second utterance is a barge-in, if there is a reply to interrupt. Returns their number. */
async function converse(
  user: ScriptedUser,
  utterances: readonly Utterance[],
  now: () => number,
  say: Say,
): Promise<number> {
  // One utterance is repeated, so that even a short recording has a barge-in.
  const script =
    utterances.length < 3
      ? Array.from({ length: 3 }, (_, i) => utterances[i % utterances.length])
      : utterances.slice(0, 5);
  let bargeIns = 0;
  await user.pause(400);
  for (const [index, utterance] of script.entries()) {
    if (!utterance) continue;
    const bargesIn = index > 0 && index % 2 === 0;
    say(`user: ${bargesIn ? "(barging in) " : ""}${utterance.text}`);
    if (bargesIn) bargeIns++;
    await user.say(utterance);
    const saidMs = now();
    if (!(await user.hearsPal(saidMs, REPLY_DEADLINE_MS))) say("user: (hears no answer)");
    // The next line is a barge-in: the user speaks it while the pal is still speaking.
    if (index % 2 === 1 && index + 1 < script.length) await user.pause(BARGE_IN_AFTER_MS);
    else await user.hearsSilence(END_OF_REPLY_MS, REPLY_DEADLINE_MS);
  }
  return bargeIns;
}
