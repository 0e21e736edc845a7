import type { Emulator } from "../../src/emulator/index.ts";
import type { Pal } from "../../src/emulator/pal/pal.ts";
import { BenchChild } from "../lib/child.ts";
import { type OnSpan, LoudWatch, SpanLog } from "../lib/spans.ts";
import type { BotRequests } from "./bot-process.ts";
import type { UserRequests } from "./user-process.ts";

export const RUNTIMES = ["native", "chromium"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** All users, and the sounds that each hears from its pal. */
export class Users implements AsyncDisposable {
  readonly child: BenchChild<UserRequests>;
  readonly #ears = new Map<string, SpanLog>();

  constructor() {
    this.child = new BenchChild<UserRequests>(new URL("user-process.ts", import.meta.url), [], (event, edge) => {
      const [what, room = ""] = event.split(":");
      if (what === "heard") this.ear(room).add(edge as Parameters<OnSpan>[0]);
    });
  }

  ear(room: string): SpanLog {
    const ear = this.#ears.get(room) ?? new SpanLog();
    this.#ears.set(room, ear);
    return ear;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.child.close();
  }
}

/** One conversation of one runtime: the bot in its own process, the pal here, the user in the users' process. */
export class Stage implements AsyncDisposable {
  readonly runtime: Runtime;
  readonly bot: BenchChild<BotRequests>;
  readonly pal: Pal;
  readonly room: string;
  readonly users: Users;
  /** The sounds that the pal received on the track `stream`, those that it played, and those that the bot heard from the user. */
  readonly palHeard: SpanLog;
  readonly palPlayed: SpanLog;
  readonly botHeard: SpanLog;

  private constructor(parts: Pick<Stage, "runtime" | "bot" | "pal" | "room" | "users" | "botHeard">) {
    this.runtime = parts.runtime;
    this.bot = parts.bot;
    this.pal = parts.pal;
    this.room = parts.room;
    this.users = parts.users;
    this.botHeard = parts.botHeard;
    this.palHeard = new SpanLog();
    this.palPlayed = new SpanLog();
    const heard = new LoudWatch(this.palHeard.add);
    const played = new LoudWatch(this.palPlayed.add);
    this.pal.events
      .on("heard", (_data, peak) => heard.feed(peak, 10))
      .on("played", (_data, peak) => played.feed(peak, 10));
  }

  static async open(emulator: Emulator, runtime: Runtime, users: Users): Promise<Stage> {
    const botHeard = new SpanLog();
    const file = new URL("bot-process.ts", import.meta.url);
    const bot = new BenchChild<BotRequests>(file, [runtime, emulator.apiUrl, emulator.apiKey], (event, edge) => {
      if (event === "heard") botHeard.add(edge as Parameters<OnSpan>[0]);
    });
    try {
      const { conversationId: room, url } = await bot.request("start", undefined);
      const pal = emulator.pal(room);
      if (!pal?.sessionId) throw new Error("The conversation has no pal.");
      await users.child.request("join", { room, url, palSessionId: pal.sessionId });
      return new Stage({ runtime, bot, pal, room, users, botHeard });
    } catch (thrown) {
      await bot.close();
      throw thrown;
    }
  }

  get ear(): SpanLog {
    return this.users.ear(this.room);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.bot.close();
  }
}

/** One value per runtime. */
export function perRuntime<T>(make: () => T): Record<Runtime, T> {
  return { native: make(), chromium: make() };
}
