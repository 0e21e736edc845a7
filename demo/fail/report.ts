import { judgeSentence, type SentenceVerdict } from "../../bench/lib/sentence.ts";
import type { DemoOptions } from "../options.ts";
import type { Report } from "../report.ts";
import { ANSWER_WORDS, type FailureRun } from "./run.ts";

/** The numbers of `report.json` for `--fail`. */
export interface FailureReport {
  readonly ok: boolean;
  /** Failed checks, one sentence each. */
  readonly failures: readonly string[];
  readonly fail: string;
  readonly runtime: string;
  readonly delivery: string;
  readonly versions: Report["versions"];
  readonly conversation: { readonly id: string | null; readonly created: number; readonly ended: number };
  /** The avatar's states, in order: milliseconds since the start, state and reason. */
  readonly avatar: readonly { readonly atMs: number; readonly is: string; readonly reason: string | null }[];
  /** The words of the bot's answer, by number. */
  readonly words: SentenceVerdict & {
    readonly said: number;
    readonly heardFromPal: readonly number[];
    readonly heardFromBot: readonly number[];
    /** What the context holds as said. */
    readonly remembered: readonly number[];
  };
  readonly failedToNoticedMs: number | null;
  readonly noticedToAudibleMs: number | null;
  readonly failedToAudibleMs: number | null;
  readonly leakedHandles: number;
}

/** No more than this from the moment the failure is noticed; the target at p95 is in the bench. */
const AUDIBLE_AT_LATEST_MS = 3000;
/** Two voices, captured apart, never end and begin in the very same moment. */
const OVERLAP_AT_MOST_MS = 40;

function between(fromMs: number | undefined, toMs: number | undefined): number | null {
  return fromMs === undefined || toMs === undefined ? null : Math.round(toMs - fromMs);
}

/** Runs all checks. */
export function makeFailureReport(
  run: FailureRun,
  { runtime, delivery }: Pick<DemoOptions, "runtime" | "delivery">,
  versions: Report["versions"],
  leakedHandles: number,
): FailureReport {
  const { kind, heard, bot } = run;
  const verdict = judgeSentence(ANSWER_WORDS, heard);
  const remembered = bot.remembered();
  const isCreated = kind !== "create";
  const moves = kind === "create" || kind === "credits";
  const noticedToAudible = between(Math.max(run.noticedMs ?? 0, run.asked?.endMs ?? 0), run.audibleMs);
  const by = (voice: string): number[] => heard.filter((one) => one.by === voice).map(({ word }) => word);
  const failures: string[] = [];
  const check = (holds: boolean, failure: string): void => {
    if (!holds) failures.push(failure);
  };
  if (run.error) failures.push(`The call broke off: ${run.error.message}`);
  check(run.asked !== undefined, "The user did not get to ask.");
  check(run.failedMs !== undefined, "The failure did not happen.");
  check(run.noticedMs !== undefined, "The bot did not notice the failure.");
  check(run.audibleMs !== undefined, "The user never heard the bot's own microphone.");
  check(verdict.lost.length === 0, `Words were lost: ${verdict.lost.join(" ")}.`);
  check(verdict.doubled.length === 0, `Words were heard twice: ${verdict.doubled.join(" ")}.`);
  check(verdict.inOrder, "The words came in another order.");
  check(verdict.overlapMs <= OVERLAP_AT_MOST_MS, `Pal and bot spoke at once for ${verdict.overlapMs} ms.`);
  check(
    noticedToAudible !== null && noticedToAudible <= AUDIBLE_AT_LATEST_MS,
    `The bot was audible ${noticedToAudible ?? "never"} ms after it noticed the failure.`,
  );
  check(
    remembered.length === ANSWER_WORDS && remembered.every((word, index) => word === index),
    `The context does not hold what was heard: ${remembered.join(" ")}.`,
  );
  check(run.created === (isCreated ? 1 : 0), `${run.created} conversations were created.`);
  check(run.openConversations === 0, `${run.openConversations} conversations stayed open.`);
  check(kind === "create" || kind === "credits" || run.endCalls === 1, `It was ended ${run.endCalls} times.`);
  check(!moves || kind === "create" || bot.moves.length === 1, `The bot changed the room ${bot.moves.length} times.`);
  check(run.leftInRooms === 0, `${run.leftInRooms} participants stayed in a room.`);
  check(run.roomsLeft === 0, `${run.roomsLeft} rooms were not deleted.`);
  check(leakedHandles === 0, `${leakedHandles} handles stayed open.`);
  return {
    ok: failures.length === 0,
    failures,
    fail: kind,
    runtime,
    delivery,
    versions,
    conversation: { id: run.id ?? null, created: run.created, ended: run.endCalls },
    avatar: bot.avatar.map(({ atMs, state }) => ({
      atMs: Math.round(atMs),
      is: state.is,
      reason: "reason" in state ? state.reason : null,
    })),
    words: {
      ...verdict,
      said: ANSWER_WORDS,
      heardFromPal: by("pal"),
      heardFromBot: by("bot"),
      remembered,
    },
    failedToNoticedMs: between(run.failedMs, run.noticedMs),
    noticedToAudibleMs: between(run.noticedMs, run.audibleMs),
    failedToAudibleMs: between(run.failedMs, run.audibleMs),
    leakedHandles,
  };
}
