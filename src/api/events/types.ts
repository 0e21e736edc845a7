import type { JsonObject } from "../names.ts";

/** The participant that an event is about. Tavus' old role `replica` is reported as `pal`. */
export type SpeakingRole = "pal" | "user";

/**
 * The form in which Tavus sent an event: `current`; `replica`, its duplicate with the role's old name; `legacy`, an
 * older event name. The same event may arrive in all three; `InCallEventOrder` drops the duplicates.
 */
export type EventDialect = "current" | "replica" | "legacy";

/** The fields that every event may have (docs.tavus.io, interactions-protocols/overview). */
export interface InCallEventFields {
  /** The form in which Tavus sent the event. */
  readonly dialect: EventDialect;
  /** The conversation. Some events omit it. */
  readonly conversationId?: string;
  /** A number that increases with every event of a call. Sent since March 2026. */
  readonly seq?: number;
  /** The number of the turn. Absent on events that belong to no turn. */
  readonly turnIdx?: number;
  /** The id of the inference (one utterance). Ids at the start of a user's turn may differ from later ones. */
  readonly inferenceId?: string;
  /** When it happened, in milliseconds since 1970. Sent since May 2026. */
  readonly wallMs?: number;
  /** The message, unchanged. Anyone in the room can send one: do not trust its contents. */
  readonly raw: JsonObject;
}

/** The pal is in the room and ready to speak. */
export interface PalJoinedEvent extends InCallEventFields {
  readonly type: "palJoined";
  /** The id of its face. */
  readonly faceId?: string;
}

/** Tavus is ending the conversation. */
export interface ShutdownEvent extends InCallEventFields {
  readonly type: "shutdown";
  /** The reason in Tavus' words, such as "max_call_duration reached"; see `toShutdownCause`. */
  readonly reason?: string;
}

/** The pal or a user started speaking. */
export interface StartedSpeakingEvent extends InCallEventFields {
  readonly type: "startedSpeaking";
  /** The speaker. */
  readonly role: SpeakingRole;
}

/** The pal or a user stopped speaking. */
export interface StoppedSpeakingEvent extends InCallEventFields {
  readonly type: "stoppedSpeaking";
  /** The speaker. */
  readonly role: SpeakingRole;
  /** Whether the speech was cut off. */
  readonly interrupted: boolean;
  /** How long the speech lasted, in milliseconds. Absent when Tavus does not know. */
  readonly durationMs?: number;
}

/** The pal or a user started or stopped speaking. */
export type SpeakingEvent = StartedSpeakingEvent | StoppedSpeakingEvent;

/** A whole turn. For the pal, this is the intended text, even if it was cut off. */
export interface UtteranceEvent extends InCallEventFields {
  readonly type: "utterance";
  /** The speaker. */
  readonly role: SpeakingRole;
  /** The text of the turn. */
  readonly text: string;
  /** Whether the turn was cut off. */
  readonly interrupted: boolean;
  /** Perception: how the user sounds, in words. */
  readonly userAudioAnalysis?: string;
  /** Perception: how the user looks, in words. */
  readonly userVisualAnalysis?: string;
  /** Perception: what else is visible, in words. */
  readonly visualContext?: string;
}

/** A turn in progress: the words actually spoken so far. */
export interface UtteranceStreamingEvent extends InCallEventFields {
  readonly type: "utteranceStreaming";
  /** The speaker. */
  readonly role: SpeakingRole;
  /** The whole text so far, not only the new part. */
  readonly text: string;
  /** The `content_index` of the event, as Tavus sends it. */
  readonly contentIndex?: number;
  /** Whether the text is complete. */
  readonly final: boolean;
  /** Whether the pal was cut off. */
  readonly interrupted: boolean;
}

/** The pal's language model calls a tool. Answer with the interaction `toolResult`. */
export interface ToolCallEvent extends InCallEventFields {
  readonly type: "toolCall";
  /** The name of the tool. */
  readonly name: string;
  /** The parsed arguments; empty when `argumentsProblem` is set. A language model wrote them: validate them. */
  readonly arguments: JsonObject;
  /** Why the arguments could not be parsed. */
  readonly argumentsProblem?: string;
  /** The id that the result must carry. Without it, no result can be sent. */
  readonly toolCallId?: string;
}

/** A perception tool has seen or heard what it was waiting for. */
export interface PerceptionToolCallEvent extends InCallEventFields {
  readonly type: "perceptionToolCall";
  /** Whether it was seen or heard. */
  readonly modality: "vision" | "audio";
  /** The name of the tool. */
  readonly name: string;
  /** The parsed arguments; empty when `argumentsProblem` is set. A model wrote them: validate them. */
  readonly arguments: JsonObject;
  /** Why the arguments could not be parsed. */
  readonly argumentsProblem?: string;
  /** Pictures, as base64 or as URIs; at most 16. */
  readonly frames: readonly PerceptionFrame[];
}

/** A picture of a perception tool call. It has `data` or `uri`. */
export interface PerceptionFrame {
  /** The picture in base64. */
  readonly data?: string;
  /** The type of `data`, such as "image/jpeg". */
  readonly mimeType?: string;
  /** Where the picture is. */
  readonly uri?: string;
}

/** Perception's analysis of the call. */
export interface PerceptionAnalysisEvent extends InCallEventFields {
  readonly type: "perceptionAnalysis";
  /** The analysis, in words. */
  readonly analysis: string;
}

/** The pal or a person joined or left, as Tavus sees it. */
export interface PresenceEvent extends InCallEventFields {
  /** Whether the participant joined or left. */
  readonly type: "joined" | "left";
  /** The role of the participant, as Tavus sends it. */
  readonly role?: string;
  /** All properties. Those besides `role` are not documented. */
  readonly properties: JsonObject;
}

/** The state of an objective changed. */
export interface ObjectiveEvent extends InCallEventFields {
  /** The new state of the objective. */
  readonly type: "objectivePending" | "objectiveActivated" | "objectiveCompleted";
  /** The name of the objective. */
  readonly objectiveName: string;
  /** The values found so far, by name. Empty when there are none. */
  readonly outputVariables: JsonObject;
}

/** A guardrail was triggered. */
export interface GuardrailEvent extends InCallEventFields {
  readonly type: "guardrailTriggered";
  /** The name of the guardrail. */
  readonly guardrail: string;
  /** The id of the guardrail. */
  readonly guardrailUuid?: string;
  /** Why it was triggered, in words. */
  readonly reason?: string;
}

/** An event of Tavus that this version does not know. Its contents are in `raw`. */
export interface UnknownEvent extends InCallEventFields {
  readonly type: "unknown";
  /** Tavus' name of the event. */
  readonly eventType: string;
}

/** What Tavus reports during a call, by `type`. */
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
