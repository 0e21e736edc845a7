// A bot that understands and answers: Deepgram, OpenAI, Cartesia and a Tavus pal. Needs accounts at all four, and money.
//
//   npm install openai onnxruntime-web @ricky0123/vad-web
//   TAVUS_API_KEY=… TAVUS_FACE_ID=… DEEPGRAM_API_KEY=… OPENAI_API_KEY=… CARTESIA_API_KEY=… node examples/voice-bot.ts
//
// Also from the environment: BOT_PROMPT, OPENAI_MODEL, CARTESIA_VOICE; VAD=level instead of Silero's model; SMART_TURN_MODEL,
// the path of a smart-turn model; DEEPGRAM_BASE_URL, OPENAI_BASE_URL, CARTESIA_BASE_URL for other servers.
import {
  createContextAggregators,
  LatencyObserver,
  LevelVADProcessor,
  LLMContext,
  type LLMMessage,
  LLMRunFrame,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  SileroVADAnalyzer,
  SpeechTimeoutStopStrategy,
  TavusTransport,
  TavusTransportError,
  TranscriptionStartStrategy,
  TurnAnalyzerStopStrategy,
  VADProcessor,
  VADStartStrategy,
} from "tavus-transport";
import { CartesiaTTSService } from "tavus-transport/cartesia";
import { DeepgramSTTService } from "tavus-transport/deepgram";
import { OpenAILLMService } from "tavus-transport/openai";
import { SmartTurnAnalyzer } from "tavus-transport/smart-turn";

/** A variable of the environment as an option; nothing where it is not set. */
function option<Name extends string>(name: Name, variable: string): Partial<Record<Name, string>> {
  const value = process.env[variable] ?? "";
  return value === "" ? {} : ({ [name]: value } as Record<Name, string>);
}

try {
  const transport = new TavusTransport({
    botName: "Ada",
    conversation: { maxCallDurationS: 600 }, // TAVUS_API_KEY and TAVUS_FACE_ID come from the environment, like the other keys
  });
  const stt = new DeepgramSTTService({ ...option("baseUrl", "DEEPGRAM_BASE_URL") });
  const llm = new OpenAILLMService({ ...option("model", "OPENAI_MODEL") });
  const tts = new CartesiaTTSService({
    ...option("voice", "CARTESIA_VOICE"),
    ...option("baseUrl", "CARTESIA_BASE_URL"),
  });
  const vad =
    process.env.VAD === "level" ? new LevelVADProcessor() : new VADProcessor({ analyzer: new SileroVADAnalyzer() });

  const { modelPath } = option("modelPath", "SMART_TURN_MODEL");
  const stop =
    modelPath === undefined
      ? new SpeechTimeoutStopStrategy()
      : new TurnAnalyzerStopStrategy({ analyzer: new SmartTurnAnalyzer({ modelPath }) });
  const prompt = process.env.BOT_PROMPT ?? "You are Ada. You are spoken to, and your answers are spoken: be brief.";
  const context = new LLMContext([{ role: "system", content: prompt }]);
  const { user, assistant } = createContextAggregators(context, {
    turns: { start: [new VADStartStrategy(), new TranscriptionStartStrategy()], stop: [stop] },
  });
  const print = ({ role, content, interrupted }: LLMMessage): void => {
    console.log(`${role}: ${JSON.stringify(content)}${interrupted === true ? " (interrupted)" : ""}`);
  };
  user.on("messageAdded", print);
  assistant.on("messageAdded", print); // only what was heard, once it was heard

  const latency = new LatencyObserver();
  latency.on("latency", ({ totalMs, stages }) => {
    const parts = Object.entries(stages).map(([stage, ms]) => `${stage} ${ms.toFixed(0)}`);
    console.log(`answered after ${totalMs.toFixed(0)} ms: ${parts.join(", ")}`);
  });

  const task = new PipelineTask(
    new Pipeline([transport.input(), vad, stt, user, llm, tts, transport.output(), assistant]),
    { params: { enableMetrics: true }, observers: [latency] },
  );
  transport.on("connected", ({ conversationUrl }) => console.log(`Open ${conversationUrl} and talk.`));
  transport.on("clientConnected", () => task.queueFrame(new LLMRunFrame())); // the bot speaks first
  transport.on("clientDisconnected", () => task.end("the user left"));
  task.on("error", ({ error }) => console.error(error.message)); // the call goes on
  await new PipelineRunner().run(task); // Ctrl-C ends the conversation, too
} catch (thrown) {
  // Every error says what to do next; none contains a key.
  console.error(thrown instanceof TavusTransportError ? `${thrown.code}: ${thrown.message}` : thrown);
  process.exitCode = 1;
}
