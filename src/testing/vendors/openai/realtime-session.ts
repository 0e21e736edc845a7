/** The settings of a transcription session, as far as the fake looks at them. */
export interface RealtimeSessionUpdate {
  readonly type?: string;
  readonly audio?: {
    readonly input?: {
      readonly format?: { readonly type?: string; readonly rate?: number };
      readonly transcription?: {
        readonly model?: string;
        readonly language?: string;
        readonly prompt?: string;
        readonly delay?: string;
      };
      readonly turn_detection?: object | null;
    };
  };
}

/** What is in an `error` event. */
export interface RealtimeProblem {
  readonly type?: string;
  readonly code: string;
  readonly message: string;
  readonly param?: string;
}

/** Models that transcribe in realtime sessions, as the vendor's types list them. */
const MODELS: ReadonlySet<string> = new Set([
  "whisper-1",
  "gpt-transcribe",
  "gpt-live-transcribe",
  "gpt-4o-mini-transcribe",
  "gpt-4o-mini-transcribe-2025-12-15",
  "gpt-4o-transcribe",
  "gpt-4o-transcribe-diarize",
  "gpt-realtime-whisper",
]);
const LIVE_WHISPER = "gpt-realtime-whisper";

/** Returns why the vendor would refuse the settings; undefined if it would take them. */
export function findSessionProblem(
  session: RealtimeSessionUpdate | undefined,
  isTranscription: boolean,
): RealtimeProblem | undefined {
  if (!isTranscription) {
    return {
      code: "invalid_model",
      message: "Passing a transcription session update to a realtime session is not allowed.",
    };
  }
  if (session?.type !== "transcription") {
    return {
      code: "missing_required_parameter",
      message: "Missing required parameter: 'session.type'.",
      param: "session.type",
    };
  }
  const { format, transcription, turn_detection: turnDetection } = session.audio?.input ?? {};
  if (format?.type === "audio/pcm" && format.rate !== 24_000) {
    return {
      code: "invalid_value",
      message: "Invalid value: expected 24000.",
      param: "session.audio.input.format.rate",
    };
  }
  const model = transcription?.model ?? "";
  if (!MODELS.has(model)) {
    return {
      code: "invalid_model",
      message: `Invalid model: '${model}'.`,
      param: "session.audio.input.transcription.model",
    };
  }
  if (model !== LIVE_WHISPER) {
    if (transcription?.delay !== undefined)
      return { code: "unsupported_parameter", message: `'delay' is not supported with '${model}'.` };
    return undefined;
  }
  if (transcription?.prompt !== undefined)
    return { code: "unsupported_parameter", message: `'prompt' is not supported with '${LIVE_WHISPER}'.` };
  if (turnDetection !== null)
    return { code: "invalid_value", message: `Turn detection is not supported with '${LIVE_WHISPER}'.` };
  return undefined;
}
