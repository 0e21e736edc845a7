import { ExternalStartStrategy } from "./external-start-strategy.ts";
import { ExternalStopStrategy } from "./external-stop-strategy.ts";
import { SpeechTimeoutStopStrategy } from "./speech-timeout-stop-strategy.ts";
import { TranscriptionStartStrategy } from "./transcription-start-strategy.ts";
import type { UserTurnStrategies } from "./turn-strategies.ts";
import { VADStartStrategy } from "./vad-start-strategy.ts";
import { VADStopStrategy } from "./vad-stop-strategy.ts";

/** Creates strategies for turns with a transcript: voice activity or words start a turn, silence after them ends it. */
export function transcribedTurnStrategies(): UserTurnStrategies {
  return {
    start: [new VADStartStrategy(), new TranscriptionStartStrategy()],
    stop: [new SpeechTimeoutStopStrategy()],
  };
}

/** Creates strategies for turns of voice activity alone. */
export function vadTurnStrategies(): UserTurnStrategies {
  return { start: [new VADStartStrategy()], stop: [new VADStopStrategy()] };
}

/** Creates strategies for turns that a service proposes or another processor decides. */
export function externalTurnStrategies(): UserTurnStrategies {
  return { start: [new ExternalStartStrategy()], stop: [new ExternalStopStrategy()] };
}
