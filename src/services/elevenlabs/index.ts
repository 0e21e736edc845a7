export {
  ElevenLabsTTSService,
  type ElevenLabsTTSServiceOptions,
  type ElevenLabsTTSSettings,
} from "./elevenlabs-tts-service.ts";
