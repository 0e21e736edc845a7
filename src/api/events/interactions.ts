import { InvalidOptionError } from "../../util/errors.ts";

/** The sensitivity levels of turn taking. */
export type Sensitivity = "superlow" | "verylow" | "low" | "medium" | "high" | "auto";

/** Makes the pal speak this text, word for word. */
export interface EchoTextInteraction {
  readonly type: "echoText";
  /** The text. Must not be blank. */
  readonly text: string;
  /** The id of the utterance. Default: Tavus creates one per message. */
  readonly inferenceId?: string | undefined;
  /** Whether this is the last part of the utterance; parts share one `inferenceId`. Default true. */
  readonly done?: boolean | undefined;
}

/** Makes the pal speak this audio. */
export interface EchoAudioInteraction {
  readonly type: "echoAudio";
  /** Base64 of headerless signed 16-bit little-endian mono PCM. */
  readonly audio: string;
  /** The sample rate in Hz. 16000 and 24000 are known to work. */
  readonly sampleRate: number;
  /** The id of the utterance, the same on each of its chunks. */
  readonly inferenceId: string;
  /** Whether this is the last chunk of the utterance. Without a last chunk, the end may be cut off. */
  readonly done: boolean;
}

/** The emotions that LiveKit's plugin sends (livekit-plugins-tavus 1.8.9). A pal keeps one until the next is set. */
export const EMOTIONS = [
  "neutral",
  "happiness",
  "sadness",
  "anger",
  "fear",
  "surprise",
  "disgust",
  "contempt",
] as const;
/** An emotion that a pal can show. */
export type Emotion = (typeof EMOTIONS)[number];

/**
 * What a client in the room can send to the pal, by `type` (docs.tavus.io, interactions-protocols/overview;
 * `setEmotion` as LiveKit's plugin sends it).
 */
export type Interaction =
  | EchoTextInteraction
  | EchoAudioInteraction
  | {
      /** Makes the pal stop speaking now. */
      readonly type: "interrupt";
    }
  | {
      /** Makes the pal answer as if the user had said this. Requires a PAL with a language model. */
      readonly type: "respond";
      /** What the user is taken to have said. Must not be blank. */
      readonly text: string;
    }
  | {
      /** Replaces the context of the language model. */
      readonly type: "overwriteContext";
      /** The new context. */
      readonly context: string;
    }
  | {
      /** Adds to the context of the language model. */
      readonly type: "appendContext";
      /** What to add. Must not be blank. */
      readonly context: string;
      /** Sent as `job_status`. Default: not sent. */
      readonly jobStatus?: "completed" | undefined;
    }
  | {
      /** Sets how easily a pause of the participant ends the turn, or how easily the participant interrupts the pal. */
      readonly type: "pauseSensitivity" | "interruptSensitivity";
      /** The new level. */
      readonly sensitivity: Sensitivity;
    }
  | {
      /** Makes the pal show an emotion until the next one. Only faces of newer models can. */
      readonly type: "setEmotion";
      /** The emotion to show. */
      readonly emotion: Emotion;
    }
  | {
      /** Answers a `toolCall` event. */
      readonly type: "toolResult";
      /** The `toolCallId` of the event. */
      readonly toolCallId: string;
      /** The result, or the description of the error. */
      readonly output: string | Readonly<Record<string, unknown>>;
      /** Whether the tool succeeded. Default: not sent. */
      readonly status?: "success" | "error" | undefined;
    };

/** An interaction in the form of an app message. */
export interface InteractionMessage {
  /** The protocol of the message. */
  readonly message_type: "conversation";
  /** The kind of interaction, such as `conversation.echo`. */
  readonly event_type: `conversation.${string}`;
  /** The id of the conversation. */
  readonly conversation_id: string;
  /** The fields of the interaction. Absent for `conversation.interrupt`. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** The app message of a `conversation.echo` with audio. */
export interface EchoAudioMessage extends InteractionMessage {
  readonly event_type: "conversation.echo";
  readonly properties: {
    readonly modality: "audio";
    readonly inference_id: string;
    readonly audio: string;
    readonly sample_rate: number;
    readonly done: boolean;
  };
}

/** Creates the app message for audio. */
export function echoAudioMessage(
  conversationId: string,
  { inferenceId, audio, sampleRate, done }: Omit<EchoAudioInteraction, "type">,
): EchoAudioMessage {
  return {
    message_type: "conversation",
    event_type: "conversation.echo",
    conversation_id: conversationId,
    properties: { modality: "audio", inference_id: inferenceId, audio, sample_rate: sampleRate, done },
  };
}

/**
 * Creates the app message for an interaction.
 *
 * @throws InvalidOptionError for a blank text and for an unknown emotion.
 */
export function interactionMessage(conversationId: string, interaction: Interaction): InteractionMessage {
  const message = (name: string, properties?: object): InteractionMessage => ({
    message_type: "conversation",
    event_type: `conversation.${name}`,
    conversation_id: conversationId,
    ...(properties && { properties: { ...properties } }),
  });
  switch (interaction.type) {
    case "interrupt":
      return message("interrupt");
    case "echoText": {
      const { text, inferenceId, done = true } = interaction;
      requireText("text", text);
      return message("echo", { modality: "text", text, ...(inferenceId && { inference_id: inferenceId }), done });
    }
    case "echoAudio":
      return echoAudioMessage(conversationId, interaction);
    case "respond":
      return message("respond", { text: requireText("text", interaction.text) });
    case "overwriteContext":
      return message("overwrite_llm_context", { context: interaction.context });
    case "appendContext": {
      const { context, jobStatus } = interaction;
      requireText("context", context);
      return message("append_llm_context", { context, ...(jobStatus && { job_status: jobStatus }) });
    }
    case "pauseSensitivity":
      return message("sensitivity", { participant_pause_sensitivity: interaction.sensitivity });
    case "interruptSensitivity":
      return message("sensitivity", { participant_interrupt_sensitivity: interaction.sensitivity });
    case "setEmotion":
      if (!EMOTIONS.includes(interaction.emotion))
        throw new InvalidOptionError("emotion", `must be ${EMOTIONS.join(", ")}.`);
      return message("set_emotion", { emotion: interaction.emotion });
    case "toolResult": {
      const { toolCallId, output, status } = interaction;
      return message("tool_result", { tool_call_id: toolCallId, output, ...(status && { status }) });
    }
  }
}

function requireText(field: string, text: string): string {
  if (text.trim() === "") throw new InvalidOptionError(field, "must not be empty.");
  return text;
}
