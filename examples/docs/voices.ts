import type { TTSService } from "tavus-transport";
import { CartesiaTTSService } from "tavus-transport/cartesia";
import { ElevenLabsTTSService } from "tavus-transport/elevenlabs";
import { OpenAITTSService } from "tavus-transport/openai";

/** Keys are read from CARTESIA_API_KEY, ELEVENLABS_API_KEY and OPENAI_API_KEY. */
export function createVoice(vendor: "cartesia" | "elevenlabs" | "openai"): TTSService {
  switch (vendor) {
    case "cartesia":
      return new CartesiaTTSService({ voice: "f786b574-daa5-4673-aa0c-cbe3e8534c02", language: "en", speed: 1.1 });
    case "elevenlabs":
      return new ElevenLabsTTSService({ voice: "JBFqnCBsd6RMkjVDRZzb", stability: 0.5 });
    case "openai":
      return new OpenAITTSService({ voice: "coral", instructions: "Speak calmly." });
  }
}
