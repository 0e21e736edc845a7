import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { TavusApi, TavusApiError, type OrphanOutcome } from "../../src/api/index.ts";
import { systemClock, type Clock, type TimerHandle } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { serveAccount } from "./account.ts";

export interface ApiReport {
  readonly date: string;
  readonly ok: boolean;
  readonly calls: number;
  readonly requests: number;
  readonly faults: number;
  readonly seconds: number;
  /** Calls that failed, by the error's code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly orphansEnded: number;
  readonly swept: number;
  readonly targets: readonly { readonly what: string; readonly value: number; readonly ok: boolean }[];
}

const CONCURRENCY = 16;
const FACE = "r90bbd427f71";

/** Runs many concurrent callers against an account where every fifth request goes wrong. */
export async function runApiBench(calls: number): Promise<ApiReport> {
  await using account = await serveAccount();
  const { state, apiUrl } = account;
  const clock = new HurriedClock();
  const api = new TavusApi({ apiKey: state.apiKey, apiUrl, clock, logger: silentLogger, timeoutMs: 10_000 });
  const failures: Record<string, number> = {};
  /** What the client reported about each conversation that it could not create or end normally. */
  const admitted = new Map<string, OrphanOutcome | "endFailed" | undefined>();
  let untyped = 0;
  let made = 0;
  let orphansEnded = 0;

  const attempt = async <T>(
    call: () => Promise<T>,
    onFailure: (error: TavusApiError) => void = () => undefined,
  ): Promise<T | undefined> => {
    made++;
    try {
      return await call();
    } catch (thrown) {
      if (!(thrown instanceof TavusApiError)) {
        untyped++;
        return undefined;
      }
      failures[thrown.code] = (failures[thrown.code] ?? 0) + 1;
      if (thrown.orphan === "ended") orphansEnded++;
      onFailure(thrown);
      return undefined;
    }
  };

  const talk = async (conversationName: string): Promise<void> => {
    const conversation = await attempt(
      () => api.createConversation({ conversationName }),
      ({ orphan }) => admitted.set(conversationName, orphan),
    );
    if (conversation === undefined) return;
    const { conversationId } = conversation;
    await attempt(() => api.getConversation(conversationId, { verbose: true }));
    await attempt(
      () => api.endConversation(conversationId),
      () => admitted.set(conversationName, "endFailed"),
    );
  };
  const manage = async (name: string): Promise<void> => {
    const pal = await attempt(() => api.createPal({ palName: name, pipelineMode: "echo", defaultFaceId: FACE }));
    const palId = pal?.palId ?? "pipecat0";
    await attempt(() => api.getPal(palId));
    if (pal !== undefined) await attempt(() => api.deletePal(palId));
    await attempt(() => api.listPals({ palType: "user" }));
    await attempt(() => api.listFaces({ faceType: "system" }));
    const document = await attempt(() => api.documents.create({ documentUrl: "https://a.test/" }));
    if (document !== undefined) await attempt(() => api.documents.delete(document.documentId));
  };

  const startedMs = performance.now();
  let heapBefore = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    while (made < calls) {
      const number = next++;
      await (number % 3 === 2 ? manage(`pal-${number}`) : talk(`call-${number}`));
      // The account's own records are bounded, and have reached their bounds by then.
      if (heapBefore === 0 && made > calls * 0.6) heapBefore = heapUsed();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));

  // Ends what a failed end or a failed search left open: by name, as a journal would, until nothing is open.
  const openNames = (): string[] =>
    state.conversations
      .list()
      .filter(({ status }) => status === "active")
      .map(({ name }) => name);
  let swept = 0;
  const leftOpen = openNames();
  const kept = leftOpen.filter((name) => !["unknown", "endFailed"].includes(admitted.get(name) ?? "")).length;
  const sweeper = new TavusApi({ apiKey: state.apiKey, apiUrl, clock, logger: silentLogger });
  for (const name of leftOpen) {
    for (let tries = 0; tries < 5 && openNames().includes(name); tries++)
      if ((await attempt(() => sweeper.endOrphan(name))) !== undefined) swept++;
  }
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const grownMb = Math.round((heapUsed() - heapBefore) / 1e5) / 10;
  const targets = [
    { what: "untyped failures", value: untyped, ok: untyped === 0 },
    { what: "conversations left open", value: state.openConversations, ok: state.openConversations === 0 },
    { what: "conversations left open without a report by the client", value: kept, ok: kept === 0 },
    {
      what: "left open by the calls themselves, ‰",
      value: perMille(leftOpen.length, made),
      ok: leftOpen.length * 200 <= made,
    },
    { what: "timers still set", value: clock.pending, ok: clock.pending === 0 },
    { what: "memory growth since 60 %, MB", value: grownMb, ok: grownMb < 10 },
    { what: "seconds", value: seconds, ok: seconds <= 60 },
  ];
  return {
    date: new Date().toISOString(),
    ok: targets.every(({ ok }) => ok),
    calls: made,
    requests: state.requestLog.total,
    faults: account.faultsHit(),
    seconds,
    failures,
    orphansEnded,
    swept,
    targets,
  };
}

function perMille(part: number, whole: number): number {
  return Math.round((part * 10_000) / whole) / 10;
}

/** A real-time clock on which pauses under 5 s pass fifty times as fast. Counts the pending timers. */
class HurriedClock implements Clock {
  readonly #timers = new Set<TimerHandle>();

  get pending(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return systemClock.nowMs();
  }

  wallMs(): number {
    return systemClock.wallMs();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const timer = systemClock.setTimeout(
      () => {
        this.#timers.delete(timer);
        callback();
      },
      delayMs >= 5000 ? delayMs : delayMs / 50,
    );
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    this.#timers.delete(timer);
    systemClock.clearTimeout(timer);
  }
}

/** Heap bytes in use after a garbage collection. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
