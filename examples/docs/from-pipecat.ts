// The canonical pipeline, as a Pipecat user knows it.
import {
  createContextAggregators,
  LLMContext,
  LLMRunFrame,
  type LLMService,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  SileroVADAnalyzer,
  type STTService,
  TavusTransport,
  type TTSService,
  VADProcessor,
} from "tavus-transport";

export async function runBot(stt: STTService, llm: LLMService, tts: TTSService): Promise<void> {
  // #region pipeline
  const transport = new TavusTransport({ botName: "Ada" }); // key and face from the environment
  const context = new LLMContext([{ role: "system", content: "You are Ada. Be brief." }]);
  const { user, assistant } = createContextAggregators(context);
  const pipeline = new Pipeline([
    transport.input(),
    new VADProcessor({ analyzer: new SileroVADAnalyzer() }),
    stt,
    user,
    llm,
    tts,
    transport.output(),
    assistant, // behind the output: it sees what was heard
  ]);
  const task = new PipelineTask(pipeline, { params: { enableMetrics: true } });
  transport.on("clientConnected", () => task.queueFrame(new LLMRunFrame()));
  transport.on("clientDisconnected", () => task.end("the user left"));
  await new PipelineRunner().run(task);
  // #endregion
}
