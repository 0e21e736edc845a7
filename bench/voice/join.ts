import type { Emulator } from "../../src/emulator/index.ts";
import { BenchChild } from "../lib/child.ts";
import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import type { JoinRequests, JoinTimes } from "./join-process.ts";
import { perRuntime, type Runtime, RUNTIMES } from "./stage.ts";

/** Times from requesting a call to being in the room: `createDailyCall` and `join`. */
export interface JoinMs {
  /** The first join of a process; in chromium it includes the launch of the browser. */
  readonly first: Percentiles;
  /** Later joins of the same process; in chromium the browser is kept running. */
  readonly later: Percentiles;
  /** `join()` alone, of the later joins. */
  readonly laterJoinOnly: Percentiles;
}

const LATER_JOINS_PER_PROCESS = 4;

/** Starts `processes` new processes of each runtime, in turn; each joins once, and then a few times more. */
export async function joinTimes(emulator: Emulator, processes: number): Promise<Record<Runtime, JoinMs>> {
  const room = "bench-join";
  emulator.createRoom(room);
  const url = emulator.roomUrl(room);
  const first = perRuntime<JoinTimes[]>(() => []);
  const later = perRuntime<JoinTimes[]>(() => []);
  for (let i = 0; i < processes; i++) {
    for (const runtime of RUNTIMES) {
      await using child = new BenchChild<JoinRequests>(new URL("join-process.ts", import.meta.url), []);
      first[runtime].push(await child.request("join", { url, runtime }));
      if (runtime === "chromium") await child.request("warmUp", undefined);
      for (let n = 0; n < LATER_JOINS_PER_PROCESS; n++)
        later[runtime].push(await child.request("join", { url, runtime }));
    }
  }
  emulator.deleteRoom(room);
  const figures = (runtime: Runtime): JoinMs => ({
    first: percentiles(first[runtime].map(({ totalMs }) => totalMs)),
    later: percentiles(later[runtime].map(({ totalMs }) => totalMs)),
    laterJoinOnly: percentiles(later[runtime].map(({ joinMs }) => joinMs)),
  });
  return { native: figures("native"), chromium: figures("chromium") };
}
