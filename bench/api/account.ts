import type { AddressInfo } from "node:net";

import { serve } from "@hono/node-server";

import { createTavusApp } from "../../src/emulator/api/index.ts";
import { TavusState } from "../../src/emulator/state/tavus-state.ts";
import { silentLogger } from "../../src/util/logger.ts";

/** One in five requests goes wrong, in one of these ways. */
const FAULTS = [
  { status: 500, body: "<html>Oops</html>" },
  { status: 503, body: { message: "busy" }, headers: { "retry-after": "0" } },
  { status: 429, body: { message: "slow down" } },
  { reset: true },
  { reset: true, afterHandling: true },
  { status: 502, body: "", afterHandling: true },
  { garbage: true, afterHandling: true },
  { wrongShape: true, afterHandling: true },
  { delayMs: 400, afterHandling: true },
];
const SHARE = 0.2;

export interface ServedAccount extends AsyncDisposable {
  readonly state: TavusState;
  readonly apiUrl: string;
  /** How many requests a fault has hit. */
  readonly faultsHit: () => number;
}

/** Serves the emulated API, without rooms, on a loopback port, with random faults. */
export async function serveAccount(): Promise<ServedAccount> {
  const host = { open: () => Promise.resolve({}), close: () => Promise.resolve() };
  const state = new TavusState({ host, origin: "http://rooms.test", logger: silentLogger, maxConcurrent: 1000 });
  // A fault is drawn only if none of the faults before it hit.
  const probability = 1 - (1 - SHARE) ** (1 / FAULTS.length);
  for (const fault of FAULTS) state.faults.next({ ...fault, probability });
  let hits = 0;
  const take = state.faults.take.bind(state.faults);
  state.faults.take = (api, method, path) => {
    const fault = take(api, method, path);
    if (fault !== undefined) hits++;
    return fault;
  };
  const server = serve({ fetch: createTavusApp(state).fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    state,
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    faultsHit: () => hits,
    [Symbol.asyncDispose]: async () => {
      await state.shutDown();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
