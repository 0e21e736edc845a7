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

/** The events that the pal sends during the call; each one once, in order. */
// A type, not an interface: only a type alias has the index signature that the emitter asks for.
export type TavusInCallEvents = {
  /** The pal is ready to speak; `palJoined` only says that it is in the room. */
  palReady: [event: PalJoinedEvent];
  /** The pal started speaking. */
  palStartedSpeaking: [event: StartedSpeakingEvent];
  /** The pal stopped speaking; `interrupted` says whether it was cut short. */
  palStoppedSpeaking: [event: StoppedSpeakingEvent];
  /** The user started speaking, as Tavus detects it. An echo PAL does not listen, so it never sends this. */
  userStartedSpeaking: [event: StartedSpeakingEvent];
  /** The user stopped speaking, as Tavus detects it. */
  userStoppedSpeaking: [event: StoppedSpeakingEvent];
  /** A whole turn of the user or the pal. */
  utterance: [event: UtteranceEvent];
  /** A turn so far. */
  utteranceStreaming: [event: UtteranceStreamingEvent];
  /** The pal's language model calls a tool. `onToolCall` runs it and sends the result. */
  toolCall: [event: ToolCallEvent];
  /** The pal saw or heard what a perception tool waits for. */
  perceptionToolCall: [event: PerceptionToolCallEvent];
  /** The analysis of what the pal perceived. */
  perceptionAnalysis: [event: PerceptionAnalysisEvent];
  /** A participant joined, as Tavus knows it; `clientConnected` and `palJoined` are the room's own events. */
  presenceJoined: [event: PresenceEvent];
  /** A participant left, as Tavus knows it. */
  presenceLeft: [event: PresenceEvent];
  /** An objective is pending. */
  objectivePending: [event: ObjectiveEvent];
  /** An objective is active. */
  objectiveActivated: [event: ObjectiveEvent];
  /** An objective is completed. */
  objectiveCompleted: [event: ObjectiveEvent];
  /** A guardrail was triggered. */
  guardrailTriggered: [event: GuardrailEvent];
  /** Tavus ends the conversation; the call will be lost in a moment. */
  shutdown: [event: ShutdownEvent];
  /** An event that this version does not know. */
  unknownEvent: [event: UnknownEvent];
};

/** The name under which the transport emits an event of the pal. */
export function toInCallEventName(event: InCallEvent): keyof TavusInCallEvents {
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
