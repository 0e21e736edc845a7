import type {
  GuardrailEvent,
  InCallEvent,
  ObjectiveEvent,
  PalJoinedEvent,
  PerceptionAnalysisEvent,
  PerceptionToolCallEvent,
  PresenceEvent,
  ShutdownEvent,
  StartedSpeakingEvent,
  StoppedSpeakingEvent,
  ToolCallEvent,
  UnknownEvent,
  UtteranceEvent,
  UtteranceStreamingEvent,
} from "../../../api/events/index.ts";

/** What the pal tells during the call; each thing once, in its order. A type alias, for the emitter. */
export type TavusInCallEvents = {
  /** The pal says that it is ready; `palJoined` says that it is in the room. */
  palReady: [event: PalJoinedEvent];
  palStartedSpeaking: [event: StartedSpeakingEvent];
  palStoppedSpeaking: [event: StoppedSpeakingEvent];
  /** By Tavus' own ears; an echo PAL has none. */
  userStartedSpeaking: [event: StartedSpeakingEvent];
  userStoppedSpeaking: [event: StoppedSpeakingEvent];
  /** A whole turn of the user or the pal. */
  utterance: [event: UtteranceEvent];
  /** A turn as far as it has come. */
  utteranceStreaming: [event: UtteranceStreamingEvent];
  /** See `onToolCall`, which sends the result, too. */
  toolCall: [event: ToolCallEvent];
  perceptionToolCall: [event: PerceptionToolCallEvent];
  perceptionAnalysis: [event: PerceptionAnalysisEvent];
  /** Somebody entered or left by what Tavus knows; `clientConnected` and `palJoined` tell it of the room. */
  presenceJoined: [event: PresenceEvent];
  presenceLeft: [event: PresenceEvent];
  objectivePending: [event: ObjectiveEvent];
  objectiveActivated: [event: ObjectiveEvent];
  objectiveCompleted: [event: ObjectiveEvent];
  guardrailTriggered: [event: GuardrailEvent];
  /** Tavus ends the conversation; the call will be lost in a moment. */
  shutdown: [event: ShutdownEvent];
  /** An event that this version does not know. */
  unknownEvent: [event: UnknownEvent];
};

/** Under which name the transport tells it. */
export function inCallEventName(event: InCallEvent): keyof TavusInCallEvents {
  switch (event.type) {
    case "palJoined":
      return "palReady";
    case "startedSpeaking":
      return event.role === "pal" ? "palStartedSpeaking" : "userStartedSpeaking";
    case "stoppedSpeaking":
      return event.role === "pal" ? "palStoppedSpeaking" : "userStoppedSpeaking";
    case "joined":
      return "presenceJoined";
    case "left":
      return "presenceLeft";
    case "unknown":
      return "unknownEvent";
    default:
      return event.type;
  }
}
