export {
  BotProcess,
  BotProcessError,
  type BotEmulator,
  type BotExit,
  type BotProcessOptions,
  describeExit,
  toBotProcessError,
} from "./bot-process.ts";
export { ChatError } from "./chat-errors.ts";
export {
  type BotStep,
  type CallStep,
  type ChatScript,
  ChatScriptError,
  type ChatScriptProblem,
  type ChatStep,
  type InterruptionPoint,
  parseChatScript,
  type UserStep,
} from "./chat-script.ts";
export { type ChatEvents, type ChatRoom, ChatSession, type ChatSessionOptions } from "./chat-session.ts";
export type { ChatCall, ChatTurn } from "./chat-turn.ts";
export { formatCall } from "./compare-turn.ts";
export { playScript, playScriptIn, type PlayScriptOptions } from "./play-script.ts";
export { type ScriptMismatch, ScriptMismatchError, type ScriptReport, type TranscriptLine } from "./script-report.ts";
export type { SpeechPattern } from "./speech-pattern.ts";
