import { type Reply, replyPcm } from "./bot-observer.ts";
import type { DemoOptions } from "./options.ts";
import type { Conversation } from "./run.ts";
import { dropouts, envelope, LOUD_PEAK } from "./sound.ts";

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

export interface Report {
  readonly ok: boolean;
  /** Failed checks, one sentence each. */
  readonly failures: readonly string[];
  readonly runtime: string;
  readonly delivery: string;
  readonly versions: { readonly node: string; readonly dailyJs: string; readonly browser?: string };
  readonly conversation: { readonly id: string; readonly created: number; readonly ended: number };
  readonly joinMs: number;
  readonly user: { readonly utterances: number };
  readonly bot: { readonly replies: number; readonly turnsHeard: number };
  readonly pal: { readonly participantId: string; readonly audioFramesSeenByBot: number };
  readonly bargeIn: {
    readonly count: number;
    readonly interruptMessages: number;
    /** From the InterruptionFrame to the pal's last sound. */
    readonly interruptToSilenceMs: Percentiles;
    /** From the InterruptionFrame to the last sound of the pal at the user's end. */
    readonly interruptToUserSilenceMs: Percentiles;
  };
  readonly latency: {
    /** From the bot's write of a sound to that sound at the user's end. */
    readonly writeToHeardMs: Percentiles;
    /** From the user's last word to the pal's first, the wait for the end of the turn (500 ms) included. */
    readonly userEndToPalStartMs: Percentiles;
  };
  /** Blocks of 10 ms that the bot said and the user did not hear. */
  readonly dropouts: number;
  readonly leakedHandles: number;
}

/** No sound may be this late, on any machine; what is usual is in bench/. */
const LATEST_SOUND_MS = 3000;
const SILENCE_AT_LATEST_MS = 900;
/** A busy machine may lose a packet or two, which the report shows; a broken path loses far more than this. */
const MAX_LOST_SHARE = 0.02;

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** Milliseconds into a reply until its first sound. */
function onsetMs(reply: Reply): number {
  const pcm = replyPcm(reply);
  const at = pcm.findIndex((sample) => Math.abs(sample) >= LOUD_PEAK);
  return at < 0 ? 0 : (at / reply.sampleRate) * 1000;
}

function silenceAfter(interruptMs: number, loudMs: readonly number[]): number {
  let last = interruptMs;
  for (const atMs of loudMs) {
    // The next reply is another sound: it cannot follow this closely.
    if (atMs >= interruptMs && atMs - last < 250) last = atMs;
  }
  return last - interruptMs;
}

function heardAfter(spokenAtMs: number, conversation: Conversation): number | undefined {
  const span = conversation.user.heardSpans.spans.find(({ startMs }) => startMs >= spokenAtMs);
  return span && span.startMs - spokenAtMs < LATEST_SOUND_MS ? span.startMs - spokenAtMs : undefined;
}

/** Blocks of 10 ms that were said in full replies, and how many of them were lost on the way. */
function countBlocks(conversation: Conversation): { readonly said: number; readonly lost: number } {
  const { replies } = conversation.bot;
  const { heard } = conversation.user;
  let said = 0;
  let lost = 0;
  for (const [index, reply] of replies.entries()) {
    if (reply.interrupted) continue;
    const pcm = replyPcm(reply);
    const durationMs = (pcm.length / reply.sampleRate) * 1000;
    const untilMs = Math.min(reply.writtenAtMs + durationMs + 2000, replies[index + 1]?.writtenAtMs ?? Infinity);
    const heardPcm = heard.between(reply.writtenAtMs, untilMs);
    said += durationMs / 10;
    lost += dropouts(envelope(pcm, reply.sampleRate), envelope(heardPcm, heard.sampleRate));
  }
  return { said, lost };
}

/** Measures a conversation and runs all checks. */
export function makeReport(
  conversation: Conversation,
  options: DemoOptions,
  versions: Report["versions"],
  leakedHandles: number,
): Report {
  const { bot, user, palSpans, palLoudMs, interruptMessages, bargeIns } = conversation;
  const writeToHeard = bot.replies.map((reply) => heardAfter(reply.writtenAtMs + onsetMs(reply), conversation));
  const palStarts = user.spoken.map(({ endMs }) => palSpans.spans.find(({ startMs }) => startMs > endMs)?.startMs);
  const userEndToPalStart = user.spoken.flatMap(({ endMs }, i) => {
    const start = palStarts[i];
    return start === undefined ? [] : [start - endMs];
  });
  const silences = bot.interruptionsMs.map((atMs) => silenceAfter(atMs, palLoudMs));
  const userSilences = bot.interruptionsMs.map((atMs) => silenceAfter(atMs, user.heardLoudMs));
  const palFrames = bot.audioFramesByUser.get(conversation.palUserId) ?? 0;
  const { said, lost } = countBlocks(conversation);
  const failures: string[] = [];
  const check = (holds: boolean, failure: string): void => {
    if (!holds) failures.push(failure);
  };
  if (conversation.error) failures.push(`The conversation broke off: ${conversation.error.message}`);
  check(conversation.created === 1, `${conversation.created} conversations were created instead of one.`);
  check(conversation.endCalls === 1, `The conversation was ended ${conversation.endCalls} times instead of once.`);
  check(conversation.openConversations === 0, `${conversation.openConversations} conversations stayed open.`);
  check(user.spoken.length >= 3, "The user did not get to say three things.");
  check(bot.userTurns.length >= user.spoken.length, "The bot missed a turn of the user.");
  check(bot.replies.length >= user.spoken.length, "The bot did not answer everything.");
  check(
    writeToHeard.every((ms) => ms !== undefined),
    "The user did not hear every answer.",
  );
  check(userEndToPalStart.length === user.spoken.length, "The pal did not speak after every utterance.");
  check(bargeIns >= 1 && bot.interruptionsMs.length >= bargeIns, "A barge-in did not interrupt the bot.");
  check(interruptMessages >= bot.interruptionsMs.length, "The pal received no message for an interruption.");
  check(
    [...silences, ...userSilences].every((ms) => ms <= SILENCE_AT_LATEST_MS),
    "The pal went on speaking after an interruption.",
  );
  check(conversation.palUserId !== "", "The pal was never in the room.");
  check(palFrames === 0, `The bot heard ${palFrames} frames of the pal's own voice.`);
  check(lost <= said * MAX_LOST_SHARE, `${lost} of ${Math.round(said)} blocks of 10 ms were said and not heard.`);
  check(leakedHandles === 0, `${leakedHandles} handles stayed open.`);
  return {
    ok: failures.length === 0,
    failures,
    runtime: options.runtime,
    delivery: options.delivery,
    versions,
    conversation: { id: conversation.id, created: conversation.created, ended: conversation.endCalls },
    joinMs: Math.round(conversation.joinMs * 10) / 10,
    user: { utterances: user.spoken.length },
    bot: { replies: bot.replies.length, turnsHeard: bot.userTurns.length },
    pal: { participantId: conversation.palUserId, audioFramesSeenByBot: palFrames },
    bargeIn: {
      count: bot.interruptionsMs.length,
      interruptMessages,
      interruptToSilenceMs: percentiles(silences),
      interruptToUserSilenceMs: percentiles(userSilences),
    },
    latency: {
      writeToHeardMs: percentiles(writeToHeard.filter((ms) => ms !== undefined)),
      userEndToPalStartMs: percentiles(userEndToPalStart),
    },
    dropouts: lost,
    leakedHandles,
  };
}
