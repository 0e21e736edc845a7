type Json = Readonly<Record<string, unknown>>;

/** Who an event is about. The words `pal` and `replica` are the new and the old one for the same. */
export type SpeakingRole = "pal" | "user";

/**
 * In which of its ways Tavus says a thing: `current`; `replica`, its twin with the role's old name; `legacy`, an older
 * event name. The same thing may come in all three; see `InCallEventOrder`.
 */
export type EventDialect = "current" | "replica" | "legacy";

/** What every event may carry. */
export interface InCallEventFields {
  readonly dialect: EventDialect;
  /** Left out by some events. */
  readonly conversationId?: string;
  /** Grows with every event of a call; since March 2026. */
  readonly seq?: number;
  /** The same for all events of one turn. */
  readonly turnIdx?: number;
  readonly inferenceId?: string;
  /** When it happened, in milliseconds since 1970; since May 2026. */
  readonly wallMs?: number;
  /** The message as it came. Written by others: trust nothing in it. */
  readonly raw: Json;
}

/** The pal is in the room and ready to speak. */
export interface PalJoinedEvent extends InCallEventFields {
  readonly type: "palJoined";
  readonly faceId?: string;
}

/** Tavus ends the conversation. */
export interface ShutdownEvent extends InCallEventFields {
  readonly type: "shutdown";
  /** In Tavus' words, such as "max_call_duration reached". */
  readonly reason?: string;
}

export interface StartedSpeakingEvent extends InCallEventFields {
  readonly type: "startedSpeaking";
  readonly role: SpeakingRole;
}

export interface StoppedSpeakingEvent extends InCallEventFields {
  readonly type: "stoppedSpeaking";
  readonly role: SpeakingRole;
  /** Whether it was cut off. */
  readonly interrupted: boolean;
  readonly durationMs?: number;
}

export type SpeakingEvent = StartedSpeakingEvent | StoppedSpeakingEvent;

/** A whole turn. For the pal it is what was meant to be said, even when it was cut off. */
export interface UtteranceEvent extends InCallEventFields {
  readonly type: "utterance";
  readonly role: SpeakingRole;
  readonly text: string;
  readonly interrupted: boolean;
  readonly userAudioAnalysis?: string;
  readonly userVisualAnalysis?: string;
  readonly visualContext?: string;
}

/** A turn as far as it has come: what was really said. */
export interface UtteranceStreamingEvent extends InCallEventFields {
  readonly type: "utteranceStreaming";
  readonly role: SpeakingRole;
  /** Everything so far, not only what is new. */
  readonly text: string;
  readonly contentIndex?: number;
  readonly final: boolean;
  readonly interrupted: boolean;
}

/** The pal's language model wants a tool run. Answer with the interaction `toolResult`. */
export interface ToolCallEvent extends InCallEventFields {
  readonly type: "toolCall";
  readonly name: string;
  /** Parsed; empty when `argumentsProblem` is set. A language model wrote them: check them. */
  readonly arguments: Json;
  /** Why the arguments could not be read. */
  readonly argumentsProblem?: string;
  /** Without it no result can be sent. */
  readonly toolCallId?: string;
}

/** Something was seen or heard that a perception tool was waiting for. */
export interface PerceptionToolCallEvent extends InCallEventFields {
  readonly type: "perceptionToolCall";
  readonly modality: "vision" | "audio";
  readonly name: string;
  readonly arguments: Json;
  readonly argumentsProblem?: string;
  /** Pictures, as base64 or by address; at most 16. */
  readonly frames: readonly PerceptionFrame[];
}

export interface PerceptionFrame {
  /** Base64. */
  readonly data?: string;
  readonly mimeType?: string;
  readonly uri?: string;
}

export interface PerceptionAnalysisEvent extends InCallEventFields {
  readonly type: "perceptionAnalysis";
  readonly analysis: string;
}

/** Somebody entered or left, the pal or a person, by what Tavus knows. */
export interface PresenceEvent extends InCallEventFields {
  readonly type: "joined" | "left";
  readonly role?: string;
  /** What else Tavus tells; not documented. */
  readonly properties: Json;
}

export interface ObjectiveEvent extends InCallEventFields {
  readonly type: "objectivePending" | "objectiveActivated" | "objectiveCompleted";
  readonly objectiveName: string;
  readonly outputVariables: Json;
}

export interface GuardrailEvent extends InCallEventFields {
  readonly type: "guardrailTriggered";
  readonly guardrail: string;
  readonly guardrailUuid?: string;
  readonly reason?: string;
}

/** An event of Tavus that this library does not know, for you to read. */
export interface UnknownEvent extends InCallEventFields {
  readonly type: "unknown";
  readonly eventType: string;
}

/** What Tavus tells during a call, by `type`. */
export type InCallEvent =
  | PalJoinedEvent
  | ShutdownEvent
  | SpeakingEvent
  | UtteranceEvent
  | UtteranceStreamingEvent
  | ToolCallEvent
  | PerceptionToolCallEvent
  | PerceptionAnalysisEvent
  | PresenceEvent
  | ObjectiveEvent
  | GuardrailEvent
  | UnknownEvent;
