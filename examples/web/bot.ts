// The bot: what it hears with, thinks with and speaks with, and how a conversation begins and ends. Change it here.
import {
  createContextAggregators,
  LevelVADProcessor,
  LLMContext,
  LLMRunFrame,
  type LLMService,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  type STTService,
  TavusTransport,
  type TavusTransportOptions,
  type TTSService,
} from "tavus-transport";
import { CartesiaTTSService } from "tavus-transport/cartesia";
import { DeepgramSTTService } from "tavus-transport/deepgram";
import { OpenAILLMService, OpenAISTTService, OpenAITTSService } from "tavus-transport/openai";
import { ScriptedLLMService, ScriptedSTTService, ScriptedTTSService } from "tavus-transport/testing";

const INSTRUCTIONS = "You are Ada, and talk with people by voice and video. Answer in one or two short sentences.";
/** A conversation costs money, whether or not anybody is there. */
const NOBODY_CAME_MS = 60_000;
const MAX_CALL_S = 600;

/** Where the conversation is created; the environment has what is left out. */
export type TavusAccount = Pick<TavusTransportOptions, "apiKey" | "apiUrl" | "faceId">;

/** What a bot hears with, thinks with and speaks with. */
export interface Services {
  readonly stt: STTService;
  readonly llm: LLMService;
  readonly tts: TTSService;
}

export interface BotOptions {
  readonly account?: TavusAccount | undefined;
  /** Default: those for which the environment has a key, and a script for the others. */
  readonly services?: Services;
}

// #region bot
/** A bot for one conversation: run its task. */
export function createBot(options: BotOptions = {}): { transport: TavusTransport; task: PipelineTask } {
  const { account, services = createServices() } = options;
  const transport = new TavusTransport({ ...account, botName: "Ada", conversation: { maxCallDurationS: MAX_CALL_S } });
  const { stt, llm, tts } = services;
  const { user, assistant } = createContextAggregators(new LLMContext([{ role: "system", content: INSTRUCTIONS }]));
  const task = new PipelineTask(
    new Pipeline([
      transport.input(),
      new LevelVADProcessor(), // detects when the user speaks
      stt,
      user, // tracks turns and what the user said
      llm,
      tts,
      transport.output(),
      assistant, // tracks what the user heard
    ]),
    { params: { enableMetrics: true } },
  );
  const absence = setTimeout(() => task.end("nobody came"), NOBODY_CAME_MS).unref();
  transport.on("clientConnected", () => {
    clearTimeout(absence);
    task.queueFrame(new LLMRunFrame()); // the bot speaks first
  });
  transport.on("clientDisconnected", () => task.end("the user left"));
  return { transport, task };
}
// #endregion

/** The services for which the environment has a key. A script, which costs nothing, plays the others. */
export function createServices(): Services {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL: model, CARTESIA_VOICE: voice } = process.env;
  // Servers that are compatible with OpenAI's models seldom have its speech.
  const hasOpenAISpeech = Boolean(OPENAI_API_KEY) && !OPENAI_BASE_URL;
  let { stt, llm, tts } = createScript();
  if (OPENAI_API_KEY || OPENAI_BASE_URL) llm = new OpenAILLMService({ ...(model && { model }) });
  if (process.env.DEEPGRAM_API_KEY) stt = new DeepgramSTTService();
  else if (hasOpenAISpeech) stt = new OpenAISTTService();
  if (process.env.CARTESIA_API_KEY) tts = new CartesiaTTSService({ ...(voice && { voice }) });
  else if (hasOpenAISpeech) tts = new OpenAITTSService();
  return { stt, llm, tts };
}

function createScript(): Services {
  const transcript = "I am speaking, but nobody transcribes it.";
  return {
    stt: new ScriptedSTTService({ transcripts: Array.from({ length: 1000 }, () => transcript) }),
    llm: new ScriptedLLMService({
      answers: (messages) => {
        const { role, content } = messages.at(-1) ?? {};
        if (role !== "user" || typeof content !== "string")
          return "Hello! I am a script, and my voice is a beep for each word.";
        return `You said: ${content} Give me a model, and I will have an opinion about it.`;
      },
    }),
    tts: new ScriptedTTSService({ wordMs: 150 }),
  };
}

// `node bot.ts`: one conversation, and its address to join.
if (import.meta.main) {
  const { transport, task } = createBot();
  transport.on("connected", ({ conversationUrl }) => console.log(`Open ${conversationUrl} in Chrome, join, and talk.`));
  await new PipelineRunner().run(task); // Ctrl-C ends the conversation, too
}
