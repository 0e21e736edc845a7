import { type AddressInfo, createServer } from "node:net";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { asError } from "../../src/util/errors.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { BenchChild } from "../lib/child.ts";
import { type HeardWord, judgeSentence, SENTENCE_WORD_MS, type SentenceVerdict } from "../lib/sentence.ts";
import { monotonicMs } from "../lib/time.ts";
import type { BotAccount, BotRequests } from "./bot-process.ts";
import type { Cause } from "./causes.ts";
import type { UserRequests } from "./user-process.ts";

/** The length of the sentence, and the word in the middle of which the pal fails. */
export const WORDS = 6;
const FAILS_IN_WORD = 2;
/** The pal fails within this part of the word, at random. */
const WITHIN_WORD = { from: 0.35, to: 0.65 };
const PAL_READY_TIMEOUT_MS = 1000;
/** The library's default is 3000; the time until a mute pal is noticed grows and shrinks with it. */
export const PAL_SILENCE_TIMEOUT_MS = 1000;
const HEARD_DEADLINE_MS = 8000;

/** What one round showed. Times are in milliseconds. */
export interface Round {
  readonly failedToNoticedMs: number | undefined;
  readonly noticedToAudibleMs: number | undefined;
  readonly verdict: SentenceVerdict;
  readonly reason: string | undefined;
  /** Whether the context held exactly the sentence. */
  readonly isRemembered: boolean;
  /** Conversations that stayed open. */
  readonly leftOpen: number;
  readonly error: string | undefined;
}

/** The rounds of one runtime: an emulator of its own, one bot process, and a user in the users' process. */
export class Lane implements AsyncDisposable {
  readonly #name: string;
  readonly #emulator: Emulator;
  readonly #mute: Emulator;
  readonly #bot: BenchChild<BotRequests>;
  readonly #users: BenchChild<UserRequests>;
  #round = 0;
  /** When the pal failed in this round. */
  #failedMs: number | undefined;
  #moved: Promise<unknown> = Promise.resolve();

  private constructor(name: string, emulators: readonly [Emulator, Emulator], users: BenchChild<UserRequests>) {
    this.#name = name;
    [this.#emulator, this.#mute] = emulators;
    this.#users = users;
    this.#bot = new BenchChild<BotRequests>(new URL("bot-process.ts", import.meta.url), [name, "track"], (_, url) => {
      this.#moved = this.#join(url as string);
    });
  }

  static async open(runtime: "native" | "chromium", users: BenchChild<UserRequests>): Promise<Lane> {
    const emulator = await startEmulator({ pal: { join: "early" }, logger: silentLogger });
    const mute = await startEmulator({ pal: { join: "never" }, logger: silentLogger });
    return new Lane(runtime, [emulator, mute], users);
  }

  /** Plays one call in which the pal fails. */
  async play(cause: Cause): Promise<Round> {
    this.#round++;
    const emulator = cause.fails.at === "join" ? this.#mute : this.#emulator;
    const room = `${this.#name}-${this.#round}`;
    emulator.createRoom(room);
    let failedMs: number | undefined;
    let heard: readonly HeardWord[] = [];
    let error: string | undefined;
    try {
      failedMs = await this.#call(cause, emulator, room);
      heard = await this.#users.request("listen", { user: this.#name, words: WORDS, timeoutMs: HEARD_DEADLINE_MS });
      failedMs ??= this.#failedMs;
      await this.#moved;
    } catch (thrown) {
      error = asError(thrown).message;
    }
    const leaving = this.#users.request("leave", { user: this.#name });
    const account = await this.#bot.request("end", undefined).catch(() => undefined);
    await leaving;
    const { conversations, faults } = emulator.tavus;
    const leftOpen = conversations.openConversations;
    faults.clear();
    conversations.creditsS = Infinity;
    emulator.deleteRoom(room);
    return judge({ failedMs, heard, account, error, leftOpen });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bot.close();
    await Promise.all([this.#emulator.close(), this.#mute.close()]);
  }

  /** Brings the call to the point where the sentence is on its way. Returns the moment of the failure, if it is past. */
  async #call({ fallback, fails }: Cause, emulator: Emulator, room: string): Promise<number | undefined> {
    this.#failedMs = undefined;
    const roomUrl = emulator.roomUrl(room);
    if (fails.at === "create") emulator.tavus.faults.failCreation(fails.way);
    const refusesAll = fails.at === "create" || fails.at === "connect";
    // Where the application knows that there will be no other room, its users are there already.
    if (refusesAll) await this.#join(roomUrl);
    const { id, url, startedMs } = await this.#bot.request("start", {
      apiUrl: fails.at === "connect" ? await urlOfNobody() : emulator.apiUrl,
      apiKey: emulator.apiKey,
      words: WORDS,
      fallback: fallback === "room" ? { roomUrl } : "microphone",
      palReadyTimeoutMs: PAL_READY_TIMEOUT_MS,
      palSilenceTimeoutMs: PAL_SILENCE_TIMEOUT_MS,
    });
    const joined = refusesAll ? undefined : this.#join(url);
    if (fails.at === "speech") {
      await this.#bot.request("ready", undefined);
      const pal = emulator.pal(id);
      if (!pal) throw new Error("The conversation has no pal.");
      pal.events.on("failed", () => (this.#failedMs ??= monotonicMs()));
      const within = WITHIN_WORD.from + Math.random() * (WITHIN_WORD.to - WITHIN_WORD.from);
      pal.failLater({ kind: fails.how, afterSpeechMs: (FAILS_IN_WORD + within) * SENTENCE_WORD_MS });
    }
    await joined;
    await this.#bot.request("speak", undefined);
    if (fails.at === "create") return refusedMs(emulator);
    return fails.at === "speech" ? undefined : startedMs;
  }

  #join(url: string): Promise<unknown> {
    return this.#users.request("join", { user: this.#name, url });
  }
}

/** The URL of an API that nobody serves: its port was free a moment ago. */
async function urlOfNobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v2`;
}

/** When the API refused the last creation. */
function refusedMs(emulator: Emulator): number | undefined {
  const refused = emulator.tavus.requestLog.requests.findLast(({ method }) => method === "POST");
  return refused && refused.startedWallMs + refused.durationMs - (Date.now() - monotonicMs());
}

interface Observed {
  readonly failedMs: number | undefined;
  readonly heard: readonly HeardWord[];
  readonly account: BotAccount | undefined;
  readonly error: string | undefined;
  readonly leftOpen: number;
}

/** Processes read the same clock, but a message may be read before what it is about. */
const CLOCK_SLACK_MS = 5;

function judge({ failedMs, heard, account, error, leftOpen }: Observed): Round {
  const sinceMs = (failedMs ?? Infinity) - CLOCK_SLACK_MS;
  const noticed = account?.avatar.find(({ atMs, is }) => atMs >= sinceMs && (is === "absent" || is === "failed"));
  const audible = heard.find(({ by, startMs }) => by === "bot" && startMs >= sinceMs);
  const between = (fromMs: number | undefined, toMs: number | undefined): number | undefined =>
    fromMs === undefined || toMs === undefined ? undefined : Math.max(0, toMs - fromMs);
  const remembered = account?.remembered ?? [];
  return {
    failedToNoticedMs: between(failedMs, noticed?.atMs),
    noticedToAudibleMs: between(noticed?.atMs, audible?.startMs),
    verdict: judgeSentence(WORDS, heard),
    reason: noticed?.reason,
    isRemembered: remembered.length === WORDS && remembered.every((word, index) => word === index),
    leftOpen,
    error: error ?? account?.errors[0],
  };
}
