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
import { sanitizeLogText } from "./log-text.ts";

/**
 * Plain fields worth logging, for every frame that has them. Settings, results and metadata are excluded: they may
 * contain anything.
 */
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

function quote(text: string, maxLength: number): string {
  return `"${sanitizeLogText(text, maxLength)}"`;
}

function formatCall({ functionName }: FunctionCall): string {
  return `${functionName}()`;
}

function formatMetrics(data: MetricsData): string {
  switch (data.kind) {
    case "llmUsage":
      return `${data.processor} llmUsage=${data.usage.promptTokens}+${data.usage.completionTokens} tokens`;
    case "ttsUsage":
      return `${data.processor} ttsUsage=${data.characters} characters`;
    case "sttUsage":
      return `${data.processor} sttUsage=${Math.round(data.audioMs)} ms`;
    case "avatar":
      return `${data.processor} avatar ${data.state}=${Math.round(data.valueMs)} ms, then ${data.next}`;
    default:
      return `${data.processor} ${data.kind}=${Math.round(data.valueMs)} ms`;
  }
}

/** Returns the type of an app message, never its content, which may be anything. */
function readMessageType(message: unknown): string {
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

/** Details that only frames of certain classes have. */
function formatClassDetails(frame: Frame, maxLength: number): string[] {
  if (frame instanceof ErrorFrame) {
    const word = frame.fatal ? "fatal" : frame.permanent ? "permanent" : "";
    return [frame.errorCategory, word, quote(frame.error.message, maxLength)];
  }
  if (frame instanceof MetricsFrame) return frame.data.map(formatMetrics);
  if (frame instanceof LLMContextFrame) return [`${frame.context.messages.length} messages`];
  if (frame instanceof FunctionCallsStartedFrame) return frame.functionCalls.map(formatCall);
  if (
    frame instanceof InputTransportMessageFrame ||
    frame instanceof OutputTransportMessageFrame ||
    frame instanceof OutputTransportMessageUrgentFrame
  )
    return [quote(readMessageType(frame.message), maxLength)];

  return [];
}

/**
 * Describes a frame in a few words for a log: its text, its duration, its reason. Shows only fields known to be
 * harmless, never audio, images, messages, settings or metadata.
 */
export function formatDetails(frame: Frame, maxTextLength: number): string {
  const fields = frame as unknown as Readonly<Record<string, unknown>>;
  const details: string[] = [];
  if (typeof fields.text === "string") details.push(quote(fields.text, maxTextLength));
  if (frame.durationMs > 0) details.push(`${Math.round(frame.durationMs)} ms`);
  if (isCall(fields.call)) details.push(formatCall(fields.call));
  details.push(...formatClassDetails(frame, maxTextLength));
  for (const field of FIELDS) {
    const value = fields[field];
    if (typeof value === "string") details.push(`${field}=${sanitizeLogText(value, maxTextLength)}`);
    else if (typeof value === "number" || typeof value === "boolean") details.push(`${field}=${value}`);
  }
  return details.filter((detail) => detail !== "").join(" ");
}
