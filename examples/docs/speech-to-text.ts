import {
  createContextAggregators,
  type FrameProcessor,
  type LLMContext,
  Pipeline,
  type TavusTransport,
  transcribedTurnStrategies,
} from "tavus-transport";
import { DeepgramFluxSTTService, DeepgramSTTService, fluxTurnStrategies } from "tavus-transport/deepgram";
import { FakeDeepgram } from "tavus-transport/testing";

interface Parts {
  readonly transport: TavusTransport;
  readonly context: LLMContext;
  readonly vad: FrameProcessor;
  readonly llm: FrameProcessor;
  readonly tts: FrameProcessor;
}

export function nova({ transport, context, vad, llm, tts }: Parts): Pipeline {
  // #region nova
  const stt = new DeepgramSTTService({ keyterms: ["Tavus"] }); // DEEPGRAM_API_KEY
  const { user, assistant } = createContextAggregators(context, { turns: transcribedTurnStrategies() });
  const pipeline = new Pipeline([transport.input(), vad, stt, user, llm, tts, transport.output(), assistant]);
  // #endregion
  return pipeline;
}

export function flux({ transport, context, llm, tts }: Omit<Parts, "vad">): Pipeline {
  // #region flux
  const stt = new DeepgramFluxSTTService({ eagerEotThreshold: 0.5 });
  const { user, assistant } = createContextAggregators(context, { turns: fluxTurnStrategies() });
  const pipeline = new Pipeline([transport.input(), stt, user, llm, tts, transport.output(), assistant]);
  // #endregion
  return pipeline;
}

export async function test(): Promise<string> {
  // #region test
  await using deepgram = await FakeDeepgram.start({ transcripts: ["Hello.", "Do you have pears?"] });
  const stt = new DeepgramSTTService({ apiKey: deepgram.apiKey, baseUrl: deepgram.wsUrl });
  // #endregion
  return stt.name;
}
