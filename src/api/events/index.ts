export { decodeInCallEvent, parseInCallEvent, type DecodedMessage } from "./decode.ts";
export { InCallEventOrder, type InCallEventOrderOptions } from "./event-order.ts";
export {
  EMOTIONS,
  interactionMessage,
  type EchoAudioInteraction,
  type EchoTextInteraction,
  type Emotion,
  type Interaction,
  type InteractionMessage,
  type Sensitivity,
} from "./interactions.ts";
export { parseInteraction } from "./parse-interaction.ts";
export type {
  EventDialect,
  GuardrailEvent,
  InCallEvent,
  InCallEventFields,
  ObjectiveEvent,
  PalJoinedEvent,
  PerceptionAnalysisEvent,
  PerceptionFrame,
  PerceptionToolCallEvent,
  PresenceEvent,
  ShutdownEvent,
  SpeakingEvent,
  SpeakingRole,
  StartedSpeakingEvent,
  StoppedSpeakingEvent,
  ToolCallEvent,
  UnknownEvent,
  UtteranceEvent,
  UtteranceStreamingEvent,
} from "./types.ts";
