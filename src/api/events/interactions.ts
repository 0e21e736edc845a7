import { InvalidOptionError } from "../../util/errors.ts";

export type Sensitivity = "superlow" | "verylow" | "low" | "medium" | "high" | "auto";

/** Say this text, word for word, in the voice of the pal. */
export interface EchoTextInteraction {
  readonly type: "echoText";
  readonly text: string;
  readonly inferenceId?: string | undefined;
  /** False when more of the same utterance (with the same `inferenceId`) follows. Default true. */
  readonly done?: boolean | undefined;
}

/** Speak this audio. */
export interface EchoAudioInteraction {
  readonly type: "echoAudio";
  /** Base64 of headerless signed 16-bit little-endian mono PCM. */
  readonly audio: string;
  /** In Hz; 16000 and 24000 are known to work. */
  readonly sampleRate: number;
  /** The same on every chunk of one utterance. */
  readonly inferenceId: string;
  readonly done: boolean;
}

/** What LiveKit's plugin sends (livekit-plugins-tavus 1.8.9); the pal keeps it until the next one. */
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
export type Emotion = (typeof EMOTIONS)[number];

/** What a client may tell the pal, by `type`. */
export type Interaction =
  | EchoTextInteraction
  | EchoAudioInteraction
  /** Stop speaking now. */
  | { readonly type: "interrupt" }
  /** Answer this as if the user had said it. Needs a PAL with a language model. */
  | { readonly type: "respond"; readonly text: string }
  /** The language model's context is this from now on. */
  | { readonly type: "overwriteContext"; readonly context: string }
  | { readonly type: "appendContext"; readonly context: string; readonly jobStatus?: "completed" | undefined }
  /** How easily a pause of the participant ends the turn, or the participant interrupts the pal. One a message. */
  | { readonly type: "pauseSensitivity" | "interruptSensitivity"; readonly sensitivity: Sensitivity }
  /** Show this emotion from now on. Only faces of newer models can. */
  | { readonly type: "setEmotion"; readonly emotion: Emotion }
  | {
      readonly type: "toolResult";
      readonly toolCallId: string;
      readonly output: string | Readonly<Record<string, unknown>>;
      readonly status?: "success" | "error" | undefined;
    };

/** An interaction as it goes through the room. */
export interface InteractionMessage {
  readonly message_type: "conversation";
  readonly event_type: `conversation.${string}`;
  readonly conversation_id: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** `conversation.echo` with audio. */
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

/** The message for an interaction. Throws an InvalidOptionError for text that is empty or an emotion there is not. */
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
