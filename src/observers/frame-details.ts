import {
  ErrorFrame,
  type Frame,
  type FunctionCall,
  FunctionCallsStartedFrame,
  InputTransportMessageFrame,
  LLMContextFrame,
  type MetricsData,
  MetricsFrame,
  OutputTransportMessageFrame,
  OutputTransportMessageUrgentFrame,
} from "../frames/index.ts";
import { logText } from "./log-text.ts";

/** Plain fields worth a word, of whatever frame has them. Not settings, results or metadata: they may hold anything. */
const FIELDS = [
  "userId",
  "contextId",
  "reason",
  "processor",
  "mute",
  "enable",
  "interrupted",
  "runLLM",
  "timeoutMs",
  "startDelayMs",
  "stopDelayMs",
  "audioInSampleRate",
  "audioOutSampleRate",
  "serviceName",
  "transportDestination",
] as const;

function quoted(text: string, maxLength: number): string {
  return `"${logText(text, maxLength)}"`;
}

function callName({ functionName }: FunctionCall): string {
  return `${functionName}()`;
}

function measured(data: MetricsData): string {
  switch (data.kind) {
    case "llmUsage":
      return `${data.processor} llmUsage=${data.usage.promptTokens}+${data.usage.completionTokens} tokens`;
    case "ttsUsage":
      return `${data.processor} ttsUsage=${data.characters} characters`;
    case "sttUsage":
      return `${data.processor} sttUsage=${Math.round(data.audioMs)} ms`;
    default:
      return `${data.processor} ${data.kind}=${Math.round(data.valueMs)} ms`;
  }
}

/** The kind of an app message; its content may be anything. */
function messageType(message: unknown): string {
  if (typeof message !== "object" || message === null) return typeof message;
  for (const field of ["event_type", "type", "message_type"]) {
    const value: unknown = (message as Record<string, unknown>)[field];
    if (typeof value === "string") return value;
  }
  return "object";
}

function isCall(value: unknown): value is FunctionCall {
  return typeof value === "object" && value !== null && "functionName" in value && "toolCallId" in value;
}

/** What only frames of this class have to tell. */
function special(frame: Frame, maxLength: number): string[] {
  if (frame instanceof ErrorFrame) {
    const word = frame.fatal ? "fatal" : frame.permanent ? "permanent" : "";
    return [frame.errorCategory, word, quoted(frame.error.message, maxLength)];
  }
  if (frame instanceof MetricsFrame) return frame.data.map(measured);
  if (frame instanceof LLMContextFrame) return [`${frame.context.messages.length} messages`];
  if (frame instanceof FunctionCallsStartedFrame) return frame.functionCalls.map(callName);
  if (
    frame instanceof InputTransportMessageFrame ||
    frame instanceof OutputTransportMessageFrame ||
    frame instanceof OutputTransportMessageUrgentFrame
  )
    return [quoted(messageType(frame.message), maxLength)];

  return [];
}

/**
 * What a frame says, in a few words for a log: its text, how long it lasts, why it came. Only fields known to be harmless
 * are shown, never audio, images, messages, settings or metadata.
 */
export function frameDetails(frame: Frame, maxTextLength: number): string {
  const fields = frame as unknown as Readonly<Record<string, unknown>>;
  const details: string[] = [];
  if (typeof fields.text === "string") details.push(quoted(fields.text, maxTextLength));
  if (frame.durationMs > 0) details.push(`${Math.round(frame.durationMs)} ms`);
  if (isCall(fields.call)) details.push(callName(fields.call));
  details.push(...special(frame, maxTextLength));
  for (const field of FIELDS) {
    const value = fields[field];
    if (typeof value === "string") details.push(`${field}=${logText(value, maxTextLength)}`);
    else if (typeof value === "number" || typeof value === "boolean") details.push(`${field}=${value}`);
  }
  return details.filter((detail) => detail !== "").join(" ");
}
