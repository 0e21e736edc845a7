import { z } from "zod";

// In-call events travel as Daily app messages from anyone in the room. Everything here is tolerant: unknown fields are
// kept, unknown events are not ours, and what does not fit is simply no event.

/** Where the sentence of an event belongs; `pal` and `replica` are the new and the old word for the same one. */
export type SpeakingRole = "pal" | "user";

/** Words for a participant that is ready, new and old. */
export interface PalJoinedEvent {
  readonly type: "palJoined";
  readonly faceId?: string;
}

export interface SpeakingEvent {
  readonly type: "startedSpeaking" | "stoppedSpeaking";
  readonly role: SpeakingRole;
  /** Which of the three ways Tavus says the same thing; see `SpeakingEventFilter`. */
  readonly dialect: "unified" | "unifiedReplica" | "legacy";
  readonly inferenceId?: string;
  readonly conversationId?: string;
  /** Only on a stop: whether it was cut off. */
  readonly interrupted: boolean;
  /** Only on a stop, and not always. */
  readonly durationMs?: number;
}

export type InCallEvent = PalJoinedEvent | SpeakingEvent;

const envelope = z.looseObject({
  message_type: z.string(),
  event_type: z.string(),
  conversation_id: z.string().optional().catch(undefined),
  inference_id: z.string().optional().catch(undefined),
  properties: z.looseObject({}).optional().catch(undefined),
});

const joinedProperties = z.object({
  face_id: z.string().optional().catch(undefined),
  replica_id: z.string().optional().catch(undefined),
});

const speakingProperties = z.object({
  role: z.enum(["pal", "replica", "user"]).optional().catch(undefined),
  interrupted: z.boolean().catch(false),
  duration: z.number().nonnegative().optional().catch(undefined),
});

const SPEAKING = /^conversation\.(?:(replica|user)\.)?(started|stopped)_speaking$/;

/** The event in an app message, or undefined when it is none that this library acts on. Never throws. */
export function parseInCallEvent(data: unknown): InCallEvent | undefined {
  const parsed = envelope.safeParse(data);
  if (!parsed.success) return undefined;
  const { message_type: messageType, event_type: eventType } = parsed.data;
  const properties = parsed.data.properties ?? {};
  if (messageType === "system") {
    if (eventType !== "system.pal_joined" && eventType !== "system.replica_joined") return undefined;
    const { face_id: faceId, replica_id: replicaId } = joinedProperties.parse(properties);
    const id = faceId ?? replicaId;
    return { type: "palJoined", ...(id === undefined ? {} : { faceId: id }) };
  }
  const speaking = messageType === "conversation" ? SPEAKING.exec(eventType) : null;
  if (!speaking) return undefined;
  const fields = speakingProperties.parse(properties);
  const legacyRole = speaking[1];
  const role = legacyRole ?? fields.role;
  if (role === undefined) return undefined;
  const { inference_id: inferenceId, conversation_id: conversationId } = parsed.data;
  return {
    type: speaking[2] === "started" ? "startedSpeaking" : "stoppedSpeaking",
    role: role === "user" ? "user" : "pal",
    dialect: legacyRole !== undefined ? "legacy" : role === "replica" ? "unifiedReplica" : "unified",
    interrupted: fields.interrupted,
    ...(fields.duration === undefined ? {} : { durationMs: fields.duration * 1000 }),
    ...(inferenceId === undefined ? {} : { inferenceId }),
    ...(conversationId === undefined ? {} : { conversationId }),
  };
}

const RANK: Record<SpeakingEvent["dialect"], number> = { legacy: 0, unifiedReplica: 1, unified: 2 };

/**
 * Tavus says the same thing up to three times: the unified event for role `pal`, its twin for `replica`, and the older
 * `conversation.replica.*`. This lets each through once: the best dialect heard so far wins, and of two alike in a row
 * only the first counts.
 */
export class SpeakingEventFilter {
  #bestRank = -1;
  #last: SpeakingEvent | undefined;

  /** Whether the event says something new about that role. Feed it the events of one role only. */
  accept(event: SpeakingEvent): boolean {
    const rank = RANK[event.dialect];
    if (rank < this.#bestRank) return false;
    const repeated = this.#last?.type === event.type && sameInference(this.#last, event);
    this.#bestRank = rank;
    if (repeated) return false;
    this.#last = event;
    return true;
  }
}

function sameInference(a: SpeakingEvent, b: SpeakingEvent): boolean {
  return a.inferenceId === undefined || b.inferenceId === undefined || a.inferenceId === b.inferenceId;
}

/** `conversation.echo`: speak this audio. */
export interface EchoAudioMessage {
  readonly message_type: "conversation";
  readonly event_type: "conversation.echo";
  readonly conversation_id: string;
  readonly properties: {
    readonly modality: "audio";
    /** The same on every chunk of one utterance. */
    readonly inference_id: string;
    /** Base64 of headerless signed 16-bit little-endian mono PCM. */
    readonly audio: string;
    readonly sample_rate: number;
    readonly done: boolean;
  };
}

/** `conversation.interrupt`: stop speaking now. */
export interface InterruptMessage {
  readonly message_type: "conversation";
  readonly event_type: "conversation.interrupt";
  readonly conversation_id: string;
}

export function echoAudioMessage(
  conversationId: string,
  properties: { inferenceId: string; audio: string; sampleRate: number; done: boolean },
): EchoAudioMessage {
  return {
    message_type: "conversation",
    event_type: "conversation.echo",
    conversation_id: conversationId,
    properties: {
      modality: "audio",
      inference_id: properties.inferenceId,
      audio: properties.audio,
      sample_rate: properties.sampleRate,
      done: properties.done,
    },
  };
}

export function interruptMessage(conversationId: string): InterruptMessage {
  return {
    message_type: "conversation",
    event_type: "conversation.interrupt",
    conversation_id: conversationId,
  };
}
