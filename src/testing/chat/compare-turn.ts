import { isDeepStrictEqual } from "node:util";

import type { BotStep, CallStep } from "./chat-script.ts";
import { countMatching, matchesAll } from "./speech-pattern.ts";
import type { ChatCall, ChatTurn } from "./chat-turn.ts";

/** What a script says about a turn. */
export interface ExpectedTurn {
  readonly bot: readonly BotStep[];
  readonly calls: readonly CallStep[];
}

/** Where a turn differs from the script. */
interface Difference {
  readonly step: BotStep | CallStep;
  readonly problem: string;
}

/** The first difference between what the script says about a turn and what happened in it. */
export function findDifference({ bot, calls }: ExpectedTurn, turn: ChatTurn): Difference | undefined {
  return findMissingCall(calls, turn) ?? findWrongSpeech(bot, turn);
}

/** Every call of the script happened, in its order. Others are ignored. */
function findMissingCall(steps: readonly CallStep[], { calls }: ChatTurn): Difference | undefined {
  let next = 0;
  for (const step of steps) {
    const at = calls.findIndex((call, index) => index >= next && isCall(step, call));
    if (at === -1) return { step, problem: describeMissingCall(step, calls) };
    next = at + 1;
  }
  return undefined;
}

function isCall(step: CallStep, call: ChatCall): boolean {
  if (call.name !== step.name) return false;
  if (step.arguments === undefined) return true;
  const given = (call.arguments ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(step.arguments).every(
    ([name, value]) => Object.hasOwn(given, name) && isDeepStrictEqual(given[name], value),
  );
}

function describeMissingCall(step: CallStep, calls: readonly ChatCall[]): string {
  const isHidden = calls.some(({ name, arguments: given }) => name === undefined || given === undefined);
  if (isHidden && !calls.some(({ name }) => name === step.name && step.arguments === undefined))
    return 'the bot does not report its calls in full: its transport needs rtvi: { functionCalls: { "*": "full" } }.';
  return "the bot did not make this call.";
}

function findWrongSpeech(steps: readonly BotStep[], { heardText, firstWordMs }: ChatTurn): Difference | undefined {
  const [first] = steps;
  if (!first) return undefined;
  const patterns = steps.map(({ pattern }) => pattern);
  if (!matchesAll(patterns, heardText)) {
    if (heardText === "") return { step: first, problem: "the bot did not answer." };
    const count = countMatching(patterns, heardText);
    const step = steps[Math.min(count, steps.length - 1)] ?? first;
    const problem = count === steps.length ? "the bot said more than this." : "the bot said something else.";
    return { step, problem };
  }
  const { withinMs } = first;
  if (withinMs === undefined || (firstWordMs !== undefined && firstWordMs <= withinMs)) return undefined;
  const took = firstWordMs === undefined ? "an unknown time" : `${(firstWordMs / 1000).toFixed(2)} s`;
  return { step: first, problem: `the first word took ${took}, not at most ${withinMs / 1000} s.` };
}

/** A call as a script writes it. */
export function formatCall({
  name,
  arguments: given,
}: {
  readonly name?: string | undefined;
  readonly arguments?: unknown;
}): string {
  const shown = name ?? "(a function without a name)";
  return given === undefined || given === null ? shown : `${shown} ${JSON.stringify(given)}`;
}
