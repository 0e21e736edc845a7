import { BenchChild } from "../lib/child.ts";
import type { BotsRequests } from "./bots-process.ts";
import type { EmulatorRequests } from "./emulator-process.ts";
import type { UsersRequests } from "./users-process.ts";

export const RUNTIMES = ["native", "chromium"] as const;
export type Runtime = (typeof RUNTIMES)[number];

/** How many calls are judged by ear; the others by the counters of their jitter buffers. */
const BY_EAR = 4;

export interface Call {
  readonly conversationId: string;
  readonly says: "tone" | "speech";
  readonly joinMs: number;
}

function child<R extends Record<string, readonly [unknown, unknown]>>(
  file: string,
  args: string[] = [],
): BenchChild<R> {
  return new BenchChild<R>(new URL(file, import.meta.url), args);
}

/** The three processes of the bench, with a number of calls that can be changed. */
export class Crew implements AsyncDisposable {
  readonly bots: BenchChild<BotsRequests>;
  readonly users: BenchChild<UsersRequests>;
  readonly emulator: BenchChild<EmulatorRequests>;
  /** Whether the system permits that the far side is preferred to the bots. */
  readonly farSideIsRaised: boolean;
  readonly calls: Call[] = [];

  private constructor(parts: Pick<Crew, "bots" | "users" | "emulator" | "farSideIsRaised">) {
    this.bots = parts.bots;
    this.users = parts.users;
    this.emulator = parts.emulator;
    this.farSideIsRaised = parts.farSideIsRaised;
  }

  static async start(runtime: Runtime): Promise<Crew> {
    const emulator = child<EmulatorRequests>("emulator-process.ts");
    try {
      const { apiUrl, apiKey, raised } = await emulator.request("start", undefined);
      const bots = child<BotsRequests>("bots-process.ts", [runtime, apiUrl, apiKey]);
      return new Crew({ emulator, bots, users: child("users-process.ts"), farSideIsRaised: raised });
    } catch (thrown) {
      await emulator.close();
      throw thrown;
    }
  }

  /** Starts or ends calls, one after another, until there are this many. Returns how long each join took. */
  async resize(count: number): Promise<number[]> {
    const joined: number[] = [];
    while (this.calls.length < count) {
      const says = this.calls.length < BY_EAR ? "tone" : "speech";
      const { conversationId, url, joinMs } = await this.bots.request("start", { says });
      await this.users.request("join", { conversationId, url });
      this.calls.push({ conversationId, says, joinMs });
      joined.push(joinMs);
    }
    while (this.calls.length > count) {
      const { conversationId = "" } = this.calls.pop() ?? {};
      await this.users.request("leave", { conversationId });
      await this.bots.request("stop", { conversationId });
    }
    return joined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.bots.close(), this.users.close()]);
    await this.emulator.close();
  }
}
