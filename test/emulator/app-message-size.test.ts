import { expect, it } from "vitest";

import { startEmulator, TAVUS_APP_MESSAGE_SIZE, type EmulatorOptions } from "../../src/emulator/index.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";
import { silentLogger } from "../../src/util/logger.ts";

const QUIET = { logger: silentLogger, pal: { join: "never" } } as const;

// What Pipecat sends with 100 ms of audio at 24 kHz.
const PIPECAT_MESSAGE_SIZE = 6597;

it.each<[EmulatorOptions["maxAppMessageSize"], number]>([
  [undefined, 4096],
  [8192, 8192],
  ["tavus", TAVUS_APP_MESSAGE_SIZE],
])("rooms take app messages up to maxAppMessageSize: %j is %i characters", async (maxAppMessageSize, size) => {
  const options = maxAppMessageSize === undefined ? QUIET : { ...QUIET, maxAppMessageSize };
  await using emulator = await startEmulator(options);
  expect(emulator.createRoom("lobby").maxAppMessageSize).toBe(size);
  const { apiUrl, apiKey } = emulator;
  const body = JSON.stringify({ persona_id: "pipecat0", replica_id: "r90bbd427f71" });
  const headers = { "x-api-key": apiKey };
  const created = await fetch(`${apiUrl}/conversations`, { method: "POST", headers, body });
  const { conversation_id: id } = (await created.json()) as { conversation_id: string };
  expect(emulator.room(id)?.maxAppMessageSize).toBe(size);
});

it("Pipecat's messages fit the size that Tavus' rooms probably allow, and exceed the one Daily documents", () => {
  expect(TAVUS_APP_MESSAGE_SIZE).toBeGreaterThan(PIPECAT_MESSAGE_SIZE);
  expect(PIPECAT_MESSAGE_SIZE).toBeGreaterThan(4096);
});

it.each([0, 1.5, Number.NaN, 2_000_000, "daily"])("%j is refused", async (maxAppMessageSize) => {
  const starting = startEmulator({ ...QUIET, maxAppMessageSize: maxAppMessageSize as number });
  await expect(starting).rejects.toBeInstanceOf(InvalidOptionError);
});
