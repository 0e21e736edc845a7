// In a project without optional peers (scripts/check-pack.mjs): every entry point loads, and a bot names the package that its
// service misses.
import "tavus-transport/ai-sdk";
import { CartesiaTTSService } from "tavus-transport/cartesia";
import { DeepgramSTTService } from "tavus-transport/deepgram";
import { ElevenLabsTTSService } from "tavus-transport/elevenlabs";
import { OpenAILLMService } from "tavus-transport/openai";
import { SmartTurnAnalyzer } from "tavus-transport/smart-turn";
import { Pipeline, PipelineTask } from "tavus-transport";

async function mustMiss(name, run) {
  const error = await run().then(
    () => undefined,
    (thrown) => thrown,
  );
  for (let cause = error; cause; cause = cause.cause)
    if (cause.name === "MissingPackageError" && cause.packages.includes(name)) return;
  throw error ?? new Error(`It runs without ${name}.`);
}

const apiKey = "a-key";
await mustMiss("openai", () => new PipelineTask(new Pipeline([new OpenAILLMService({ apiKey })])).run());
await mustMiss("onnxruntime-web", () => new SmartTurnAnalyzer({ modelPath: "smart-turn-v3.2-cpu.onnx" }).prepare());
// These need no peers.
for (const Service of [CartesiaTTSService, DeepgramSTTService, ElevenLabsTTSService]) new Service({ apiKey });
