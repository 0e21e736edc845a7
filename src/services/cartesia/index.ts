export {
  CartesiaTTSService,
  type CartesiaTTSServiceOptions,
  type CartesiaTTSSettings,
} from "./cartesia-tts-service.ts";
