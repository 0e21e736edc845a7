import type { Emulator } from "../../src/emulator/index.ts";
import { BenchChild } from "../lib/child.ts";
import { type Percentiles, percentiles } from "../lib/percentiles.ts";
import type { JoinRequests, JoinTimes } from "./join-process.ts";
import { perRuntime, type Runtime, RUNTIMES } from "./stage.ts";

/** Times from requesting a call to being in the room: `createDailyCall` and `join`. */
export interface JoinMs {
  /** The first join of a process; in chromium it includes the launch of the browser. */
  readonly first: Percentiles;
  /** The first join of a process that has prewarmed the runtime. */
  readonly firstWarm: Percentiles;
  /** Later joins of such a process. */
  readonly later: Percentiles;
  /** `join()` alone, of the later joins. */
  readonly laterJoinOnly: Percentiles;
}

const PROCESS = new URL("join-process.ts", import.meta.url);
const LATER_JOINS_PER_PROCESS = 4;

/** Starts `processes` pairs of new processes for each runtime, in turn: one joins once, one is warmed up and joins a few times. */
export async function joinTimes(emulator: Emulator, processes: number): Promise<Record<Runtime, JoinMs>> {
  const room = "bench-join";
  emulator.createRoom(room);
  const url = emulator.roomUrl(room);
  const first = perRuntime<JoinTimes[]>(() => []);
  const firstWarm = perRuntime<JoinTimes[]>(() => []);
  const later = perRuntime<JoinTimes[]>(() => []);
  for (let i = 0; i < processes; i++) {
    for (const runtime of RUNTIMES) {
      await using cold = new BenchChild<JoinRequests>(PROCESS, []);
      first[runtime].push(await cold.request("join", { url, runtime }));
      await cold.close();
      await using warm = new BenchChild<JoinRequests>(PROCESS, []);
      await warm.request("warmUp", { url, runtime });
      firstWarm[runtime].push(await warm.request("join", { url, runtime }));
      for (let n = 0; n < LATER_JOINS_PER_PROCESS; n++)
        later[runtime].push(await warm.request("join", { url, runtime }));
    }
  }
  emulator.deleteRoom(room);
  const figures = (runtime: Runtime): JoinMs => ({
    first: percentiles(first[runtime].map(({ totalMs }) => totalMs)),
    firstWarm: percentiles(firstWarm[runtime].map(({ totalMs }) => totalMs)),
    later: percentiles(later[runtime].map(({ totalMs }) => totalMs)),
    laterJoinOnly: percentiles(later[runtime].map(({ joinMs }) => joinMs)),
  });
  return { native: figures("native"), chromium: figures("chromium") };
}
