import { createDailyCall, prewarmDailyRuntime } from "../../src/transport/daily/index.ts";
import { serve } from "../lib/child.ts";
import { normalPriority } from "../lib/raise-priority.ts";
import { monotonicMs } from "../lib/time.ts";

// Joins and leaves rooms. A separate process, so that the first join of a process can be timed more than once.

export interface JoinTimes {
  /** From requesting a call to being in the room. */
  readonly totalMs: number;
  /** The share of `join()` alone. */
  readonly joinMs: number;
}

export type JoinRequests = {
  join: [argument: { readonly url: string; readonly runtime: "native" | "chromium" }, answer: JoinTimes];
  /** Starts the runtime and keeps it, as an application with successive calls does. */
  warmUp: [argument: { readonly url: string; readonly runtime: "native" | "chromium" }, answer: undefined];
};

normalPriority();

let release: () => Promise<void> = () => Promise.resolve();

serve<JoinRequests>(
  {
    async join({ url, runtime }) {
      const askedMs = monotonicMs();
      const call = await createDailyCall({ url, runtime });
      try {
        const createdMs = monotonicMs();
        await call.join({ url, userName: "Bench joiner" });
        const joinedMs = monotonicMs();
        return { totalMs: joinedMs - askedMs, joinMs: joinedMs - createdMs };
      } finally {
        await call.close();
      }
    },
    async warmUp({ url, runtime }) {
      const warm = await prewarmDailyRuntime(runtime, { url });
      release = async () => {
        await warm[Symbol.asyncDispose]();
      };
      return undefined;
    },
  },
  () => release(),
);
