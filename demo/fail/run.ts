import { SentenceBot } from "../../bench/lib/sentence-bot.ts";
import { SentenceUser } from "../../bench/lib/sentence-user.ts";
import { type HeardWord, judgeSentence, SENTENCE_GAP_MS, SENTENCE_WORD_MS } from "../../bench/lib/sentence.ts";
import { DailyApi } from "../../src/api/index.ts";
import { type Emulator, type Pal, startEmulator } from "../../src/emulator/index.ts";
import type { AvatarFallback } from "../../src/transport/tavus/index.ts";
import { withDeadline } from "../../src/util/deadline.ts";
import { systemClock } from "../../src/util/clock.ts";
import { asError } from "../../src/util/errors.ts";
import { silentLogger } from "../../src/util/logger.ts";
import type { DemoOptions } from "../options.ts";
import { LOUD_PEAK, type Span, SpanDetector } from "../sound.ts";
import type { Utterance } from "../speech.ts";
import type { FailureKind } from "./kinds.ts";
import { Mixdown } from "./mixdown.ts";

/** The length of the bot's answer. */
export const ANSWER_WORDS = 14;
/** The pal fails in the middle of this word. */
const FAILS_IN_WORD = 5;
/** A room that the options name. */
const GIVEN_ROOM = "a-room-of-our-own";
/** How long the bot waits for a pal that never joins, and for one that is mute. */
const PAL_READY_TIMEOUT_MS = 4000;
const PAL_SILENCE_TIMEOUT_MS = 1500;
const START_DEADLINE_MS = 40_000;
/** On top of the sentence itself: for the failure to be noticed, and for a room to be changed. */
const ANSWER_DEADLINE_MS = 15_000;
/** Enough for a word that is said twice to be heard twice. */
const QUIET_AT_THE_END_MS = 1200;
const RECORDED_S = 90;
const HEARD_RATE = 24_000;
const POLL_MS = 20;

/** All observations of one run, on the clock of the demo. */
export interface FailureRun {
  readonly kind: FailureKind;
  readonly id: string | undefined;
  readonly asked: Span | undefined;
  /** When the failure happened, was noticed by the bot, and the user heard the bot's own microphone. */
  readonly failedMs: number | undefined;
  readonly noticedMs: number | undefined;
  readonly audibleMs: number | undefined;
  readonly heard: readonly HeardWord[];
  readonly palSpans: readonly Span[];
  readonly bot: SentenceBot;
  readonly recording: Mixdown;
  readonly created: number;
  readonly endCalls: number;
  readonly openConversations: number;
  /** People who stayed behind in any room. */
  readonly leftInRooms: number;
  /** Rooms that still exist and should not. */
  readonly roomsLeft: number;
  readonly error: Error | undefined;
}

type Say = (line: string) => void;
type Way = Pick<DemoOptions, "runtime" | "delivery">;

/** Without a conversation the bot makes a room; when the conversation ends, it moves to one that exists. */
function fallbackOf(kind: FailureKind, emulator: Emulator): AvatarFallback {
  if (kind === "create") return new DailyApi({ apiUrl: emulator.dailyApiUrl, apiKey: emulator.dailyApiKey });
  if (kind !== "credits") return "microphone";
  emulator.createRoom(GIVEN_ROOM);
  return { roomUrl: emulator.roomUrl(GIVEN_ROOM) };
}

/** One scene: a user asks, the bot answers with a long sentence, and the pal fails. */
class Scene {
  readonly #kind: FailureKind;
  readonly #emulator: Emulator;
  readonly #now: () => number;
  readonly #say: Say;
  readonly #bot: SentenceBot;
  readonly #user: SentenceUser;
  readonly #recording = new Mixdown(HEARD_RATE, RECORDED_S);
  readonly #palSpans = new SpanDetector();
  /** The rooms in which the call was held. */
  readonly #rooms: string[] = [];
  #id: string | undefined;
  #asked: Span | undefined;
  #failedMs: number | undefined;

  constructor(kind: FailureKind, emulator: Emulator, { runtime, delivery }: Way, now: () => number, say: Say) {
    this.#kind = kind;
    this.#emulator = emulator;
    this.#now = now;
    this.#say = say;
    const { apiUrl, apiKey } = emulator;
    this.#bot = new SentenceBot(
      {
        apiUrl,
        apiKey,
        runtime,
        delivery,
        words: ANSWER_WORDS,
        fallback: fallbackOf(kind, emulator),
        palReadyTimeoutMs: PAL_READY_TIMEOUT_MS,
        palSilenceTimeoutMs: PAL_SILENCE_TIMEOUT_MS,
        now,
      },
      ({ state }) => {
        say(`bot:  the avatar is "${state.is}"${"reason" in state ? ` (${state.reason})` : ""}`);
      },
    );
    let speaker = "";
    this.#user = new SentenceUser({
      runtime,
      now,
      onWord: ({ by }) => {
        if (by !== speaker) say(`user: (hears the ${by === "pal" ? "pal" : "bot's own microphone"})`);
        speaker = by;
      },
      onSound: (voice, pcm, _rate, atMs) => {
        this.#recording.add(voice, pcm, atMs);
      },
    });
    this.#bot.transport.on("roomChanged", ({ conversationUrl, meetingToken }) => {
      // The web page of the user learns it from the application.
      this.#follow(conversationUrl, meetingToken);
    });
  }

  /** Plays the scene; what it observed is complete after {@link close}. */
  async play(question: Utterance): Promise<void> {
    const { transport } = this.#bot;
    const opened = withDeadline(systemClock, transport.createConversation(), START_DEADLINE_MS, "The conversation");
    if (this.#kind === "create") opened.then(undefined, () => (this.#failedMs = this.#answeredMs()));
    const { conversationUrl, meetingToken } = await opened;
    this.#id = transport.conversationId;
    this.#rooms.push(new URL(conversationUrl).pathname.slice(1));
    if (this.#kind === "create") this.#failedMs = this.#answeredMs();
    await this.#user.join(conversationUrl, meetingToken);
    this.#say(`user: joined ${new URL(conversationUrl).pathname.slice(1)}`);
    await this.#watchPal();
    await this.#pause(400);
    this.#say(`user: ${question.text}`);
    const startMs = this.#now();
    await this.#user.say(question);
    this.#asked = { startMs, endMs: this.#now() };
    await this.#until(() => judgeSentence(ANSWER_WORDS, this.#user.heard).lost.length === 0, this.#answerTakesMs());
    await this.#pause(QUIET_AT_THE_END_MS);
  }

  /** Everybody leaves. */
  async close(): Promise<void> {
    await this.#user.leave();
    await this.#bot[Symbol.asyncDispose]();
    this.#say("The call is over.");
  }

  observed(error: Error | undefined): FailureRun {
    const { conversations } = this.#emulator.tavus;
    const failedMs = this.#failedMs;
    const noticed = this.#bot.avatar.find(
      ({ atMs, state: { is } }) =>
        (failedMs === undefined || atMs >= failedMs - 5) && (is === "absent" || is === "failed"),
    );
    const { heard } = this.#user;
    return {
      kind: this.#kind,
      id: this.#id,
      asked: this.#asked,
      failedMs,
      noticedMs: noticed?.atMs,
      audibleMs: heard.find(({ by, startMs }) => by === "bot" && startMs >= (failedMs ?? 0))?.startMs,
      heard,
      palSpans: this.#palSpans.spans,
      bot: this.#bot,
      recording: this.#recording,
      created: conversations.createdConversations,
      endCalls: this.#id === undefined ? 0 : this.#emulator.tavus.endCalls(this.#id),
      openConversations: conversations.openConversations,
      leftInRooms: this.#rooms.reduce((sum, name) => sum + (this.#emulator.room(name)?.participants().length ?? 0), 0),
      // A room that the bot made is its to delete; the one that it was given is not.
      roomsLeft: this.#rooms.filter((name) => name !== GIVEN_ROOM && this.#emulator.room(name)).length,
      error: error ?? this.#bot.errors.find(() => this.#kind !== "create"),
    };
  }

  #follow(url: string, token: string | undefined): void {
    const room = new URL(url).pathname.slice(1);
    this.#rooms.push(room);
    this.#say(`user: follows to ${room}`);
    this.#user.join(url, token).catch((thrown: unknown) => {
      this.#say(`user: cannot join (${asError(thrown).message})`);
    });
  }

  /** Waits for the pal, unless it never comes, and lets it fail in the middle of a word. */
  async #watchPal(): Promise<void> {
    if (this.#kind === "create") return;
    const pal = this.#emulator.pal(this.#id ?? "");
    if (!pal) throw new Error("The conversation has no pal.");
    this.#listenTo(pal);
    if (this.#kind === "absent") {
      this.#failedMs = this.#now();
      return;
    }
    await this.#until(() => this.#bot.transport.avatar.is === "speaking", START_DEADLINE_MS);
    pal.failLater({
      kind: this.#kind === "credits" ? "outOfCredits" : this.#kind,
      afterSpeechMs: (FAILS_IN_WORD + 0.5) * SENTENCE_WORD_MS,
    });
  }

  #listenTo(pal: Pal): void {
    pal.events
      .on("played", (_data, peak) => {
        if (peak >= LOUD_PEAK) this.#palSpans.feed(this.#now(), peak);
      })
      .on("failed", (kind) => {
        this.#failedMs ??= this.#now();
        this.#say(`pal:  fails (${kind})`);
      });
  }

  /** When the API refused the conversation. */
  #answeredMs(): number | undefined {
    const refused = this.#emulator.tavus.requestLog.requests.find(
      ({ method, status = 200 }) => method === "POST" && status >= 400,
    );
    if (!refused) return undefined;
    const wallOfNowMs = Date.now() - this.#now();
    return refused.startedWallMs + refused.durationMs - wallOfNowMs;
  }

  #answerTakesMs(): number {
    return ANSWER_WORDS * (SENTENCE_WORD_MS + SENTENCE_GAP_MS) + ANSWER_DEADLINE_MS;
  }

  async #pause(ms: number): Promise<void> {
    await this.#until(() => false, ms);
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    const deadlineMs = this.#now() + timeoutMs;
    while (!condition() && this.#now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Runs the demo of one failure, from start-up to complete clean-up. */
export async function runFailure(kind: FailureKind, options: Way, question: Utterance, say: Say): Promise<FailureRun> {
  const origin = performance.now();
  const now = (): number => performance.now() - origin;
  const join = kind === "absent" ? "never" : "late";
  await using emulator = await startEmulator({ pal: { join }, logger: silentLogger });
  if (kind === "create") emulator.tavus.faults.failCreation("402");
  const scene = new Scene(kind, emulator, options, now, say);
  let error: Error | undefined;
  try {
    await scene.play(question);
  } catch (thrown) {
    error = asError(thrown);
  }
  await scene.close();
  return scene.observed(error);
}
