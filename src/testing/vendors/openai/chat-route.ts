import type { Clock } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import type { VendorAnswer, VendorRequest } from "../vendor-server.ts";
import { type ChatStep, type FakeChatPart, type FakeChatReply, splitTokens, streamSteps } from "./chat-reply.ts";
import { type FakeChatRequest, readChatRequest, textOf } from "./chat-request.ts";

/** How the chat route answers. */
export interface ChatRouteOptions {
  readonly clock: Clock;
  readonly reply: (request: FakeChatRequest) => FakeChatReply;
  /** Whether usage is sent when it is asked for. */
  readonly sendsUsage: boolean;
  /** Time from the request to the first piece, in milliseconds. */
  readonly latencyMs: number;
  /** Time before each further piece, in milliseconds. */
  readonly pieceDelayMs: number;
}

let completions = 0;

/** Serves `POST /v1/chat/completions`, streamed as server-sent events or whole. */
export async function answerChat(
  request: VendorRequest,
  answer: VendorAnswer,
  options: ChatRouteOptions,
): Promise<void> {
  const asked = readChatRequest(request);
  const reply = "status" in asked ? asked : options.reply(asked);
  await pause(options.latencyMs, answer, options.clock);
  if (typeof reply === "object" && "status" in reply) {
    completions++;
    const headers = { "x-request-id": `req_fake${completions}`, ...reply.headers };
    answer.json(reply.status, { error: reply.error }, headers);
    return;
  }
  if ("status" in asked) return;
  const parts = typeof reply === "string" ? [reply] : reply;
  if (asked.stream) await stream(asked, parts, answer, options);
  else answerWhole(asked, parts, answer);
}

/** What the fake says unless it is given a `reply`. */
export function echoLastMessage({ messages }: FakeChatRequest): string {
  const last = messages.findLast(({ role }) => role === "user");
  const said = last === undefined ? "" : textOf(last).trim();
  return said === "" ? "You said nothing." : `You said: ${said.replace(/[.!?]+$/, "")}.`;
}

async function stream(
  asked: FakeChatRequest,
  parts: readonly FakeChatPart[],
  answer: VendorAnswer,
  { clock, pieceDelayMs, sendsUsage }: ChatRouteOptions,
): Promise<void> {
  const { include_usage: wantsUsage = false, include_obfuscation: obfuscates = true } = (asked.body.stream_options ??
    {}) as { readonly include_usage?: boolean; readonly include_obfuscation?: boolean };
  const head = newHead(asked, "chat.completion.chunk");
  const usage = wantsUsage && sendsUsage;
  // Padding that makes all chunks equally long.
  const common = { ...head, ...(usage && { usage: null }), ...(obfuscates && { obfuscation: "xK3p9" }) };
  let pieces = 0;
  answer.begin("text/event-stream; charset=utf-8");
  for (const step of streamSteps(parts)) {
    if (answer.signal.aborted) return;
    if ("waitMs" in step) {
      await pause(step.waitMs, answer, clock);
      continue;
    }
    if (pieces > 0) await pause(pieceDelayMs, answer, clock);
    pieces++;
    await answer.write(toEvent("chunk" in step ? step.chunk : { ...common, choices: [toChoice(step)] }));
  }
  if (usage) await answer.write(toEvent({ ...common, choices: [], usage: countTokens(asked, parts) }));
  await answer.write("data: [DONE]\n\n");
  await answer.end();
}

function toChoice({ delta, finish }: Extract<ChatStep, { readonly delta: object }>): object {
  return { index: 0, delta, logprobs: null, finish_reason: finish };
}

function toEvent(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function answerWhole(asked: FakeChatRequest, parts: readonly FakeChatPart[], answer: VendorAnswer): void {
  const content = parts.filter((part) => typeof part === "string").join("");
  const message = { role: "assistant", content, refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop" }];
  answer.json(200, { ...newHead(asked, "chat.completion"), choices, usage: countTokens(asked, parts) });
}

function newHead({ model }: FakeChatRequest, object: string): object {
  completions++;
  // A constant time: tests compare.
  return { id: `chatcmpl-fake${completions}`, object, created: 1_767_225_600, model, service_tier: "default" };
}

function countTokens({ messages }: FakeChatRequest, parts: readonly FakeChatPart[]): object {
  const count = (text: string): number => splitTokens(text).length;
  const prompt = messages.reduce((sum, message) => sum + count(textOf(message)) + 4, 3);
  const reasoning = parts.reduce((sum, part) => {
    return sum + (typeof part === "object" && "reasoning" in part ? count(part.reasoning) : 0);
  }, 0);
  const completion = parts.reduce((sum, part) => sum + (typeof part === "string" ? count(part) : 0), reasoning);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0 },
  };
}

async function pause(ms: number, { signal }: VendorAnswer, clock: Clock): Promise<void> {
  if (ms > 0) await sleep(clock, ms, signal).catch(() => undefined);
}
