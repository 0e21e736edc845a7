import { expectTypeOf, test } from "vitest";

import type { CartesiaTTSService } from "../../src/services/cartesia/index.ts";
import type {
  DeepgramFluxSTTService,
  DeepgramSTTService,
  DeepgramTTSService,
} from "../../src/services/deepgram/index.ts";
import type { ElevenLabsTTSService } from "../../src/services/elevenlabs/index.ts";
import type { LLMService, STTService, TTSService } from "../../src/services/index.ts";
import type {
  OpenAILLMService,
  OpenAIRealtimeSTTService,
  OpenAISTTService,
  OpenAITTSService,
} from "../../src/services/openai/index.ts";
import type { AiSdkLLMService } from "../../src/services/ai-sdk/index.ts";

test("every adapter is a service of its kind, so that a bot can choose among vendors", () => {
  expectTypeOf<DeepgramSTTService | DeepgramFluxSTTService>().toExtend<STTService>();
  expectTypeOf<OpenAISTTService | OpenAIRealtimeSTTService>().toExtend<STTService>();
  expectTypeOf<OpenAILLMService | AiSdkLLMService>().toExtend<LLMService>();
  expectTypeOf<CartesiaTTSService | ElevenLabsTTSService>().toExtend<TTSService>();
  expectTypeOf<OpenAITTSService | DeepgramTTSService>().toExtend<TTSService>();
});
