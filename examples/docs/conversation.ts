import {
  createContextAggregators,
  defineFunction,
  EagerStopStrategy,
  ExternalStartStrategy,
  InferenceCompletedStopStrategy,
  LLMContext,
  LLMContextSummarizer,
  type LLMService,
  MetricsLogObserver,
  PcmBytes,
  SpeechTimeoutStopStrategy,
  TextProgressProcessor,
  TurnAnalyzerStopStrategy,
  TURN_MARKER_INSTRUCTIONS,
  TurnMarkerProcessor,
  VADStartStrategy,
  WakePhraseStartStrategy,
} from "tavus-transport";
import { SmartTurnAnalyzer } from "tavus-transport/smart-turn";
import { z } from "zod";

export function withFunctions(llm: LLMService): LLMContext {
  // #region functions
  const price = defineFunction({
    name: "price",
    description: "What a fruit costs.",
    parameters: z.object({ fruit: z.enum(["pear", "plum"]), count: z.int().min(1).default(1) }),
    handler: ({ fruit, count }) => ({ euros: (fruit === "pear" ? 3 : 4) * count }),
  });
  llm.registerFunction(price);
  const context = new LLMContext([], { tools: [price.tool] });
  // #endregion
  return context;
}

export function eager(context: LLMContext) {
  // #region eager
  const aggregators = createContextAggregators(context, {
    turns: { start: [new ExternalStartStrategy()], stop: [new EagerStopStrategy()] },
  });
  // #endregion
  return aggregators;
}

export function asleep(context: LLMContext) {
  // #region wake
  const wake = new WakePhraseStartStrategy({ phrases: ["Hey Ada"], timeoutMs: 15_000 });
  const aggregators = createContextAggregators(context, {
    turns: { start: [wake, new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] },
  });
  // #endregion
  return aggregators;
}

export function hearing(context: LLMContext) {
  // #region smart
  const analyzer = new SmartTurnAnalyzer({ modelPath: "smart-turn-v3.2-cpu.onnx" });
  const aggregators = createContextAggregators(context, {
    turns: { start: [new VADStartStrategy()], stop: [new TurnAnalyzerStopStrategy({ analyzer })] },
  });
  // #endregion
  return aggregators;
}

export function judging(llm: LLMService) {
  // #region markers
  const context = new LLMContext([{ role: "system", content: `You sell fruit. ${TURN_MARKER_INSTRUCTIONS}` }]);
  const { user, assistant } = createContextAggregators(context, {
    turns: {
      start: [new VADStartStrategy()],
      stop: [new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy())],
    },
  });
  const thinking = [user, llm, new TurnMarkerProcessor(context)];
  // #endregion
  return { thinking, assistant };
}

export function long(context: LLMContext, llm: LLMService) {
  // #region long
  const summarizer = new LLMContextSummarizer(context, { llm, maxContextTokens: 8000, minMessagesToKeep: 6 });
  summarizer.on("summaryApplied", ({ messagesBefore, messagesAfter }) => {
    console.log(`The context has ${messagesAfter} messages instead of ${messagesBefore}.`);
  });
  // #endregion
  return [summarizer, new TextProgressProcessor()];
}

export function watched() {
  // #region metrics
  const metrics = new MetricsLogObserver();
  // … and when the call is over:
  console.log(metrics.summary());
  // #endregion
  return metrics;
}

export async function speak(response: Response, say: (pcm: Int16Array) => void): Promise<void> {
  // #region bytes
  const samples = new PcmBytes();
  for await (const chunk of response.body ?? []) say(samples.read(chunk));
  // #endregion
}
