import { once } from "node:events";
import { readFile } from "node:fs/promises";

import type { EmulatorSeeds } from "../../emulator/index.ts";
import { CREATION_FAILURES } from "../../emulator/state/creation-failure.ts";
import { asError } from "../../util/errors.ts";
import { parseChoice, parseWholeNumber, type Command } from "../command.ts";
import { createLogger } from "../io.ts";
import { UsageError } from "../usage-error.ts";

const DEFAULT_PORT = 4747;
/** Words of the command line for the ways in which a pal fails. */
const PAL_FAILURES = {
  freeze: "freeze",
  leave: "leave",
  credits: "outOfCredits",
  "room-deleted": "roomDeleted",
  "room-expired": "roomExpired",
} as const;
/** A stock face of Tavus, which the emulator serves too. */
const FACE_ID = "r90bbd427f71";

export const emulatorCommand: Command = {
  name: "emulator",
  help: "runs a Tavus cloud on this machine (API, rooms and pals, and Daily's API) until Ctrl-C",
  options: {
    port: { type: "string", value: "N", help: `default ${DEFAULT_PORT}; 0 picks a free port` },
    pal: { type: "string", value: "early|late|never", help: "when the pal joins (default late)" },
    "max-concurrent": { type: "string", value: "N", help: "conversations at the same time (default 10)" },
    "accept-any-id": { type: "boolean", help: "accept any id of a face or an echo PAL, such as those in your .env" },
    seed: { type: "string", value: "FILE", help: "JSON file with faces and pals: {faces: […], pals: […]}" },
    "max-app-message-size": {
      type: "string",
      value: "N|tavus",
      help: "characters per app message (default 4096, as at Daily; tavus: what Tavus' rooms probably accept)",
    },
    "fail-create": {
      type: "string",
      value: "WAY",
      help: `every create fails: ${CREATION_FAILURES.join(", ")}`,
    },
    "fail-pal": {
      type: "string",
      value: "WAY",
      help: `the pal fails in mid-speech: ${Object.keys(PAL_FAILURES).join(", ")}`,
    },
    "fail-after": { type: "string", value: "MS", help: "after this much speech it fails (default 1000)" },
    "recover-after": {
      type: "string",
      value: "MS",
      help: "a frozen pal thaws, one that left returns (default: never)",
    },
    credits: { type: "string", value: "SECONDS", help: "conversation time until credits run out (default: unlimited)" },
  },
  async run({ io, options, json }) {
    const port = parseWholeNumber(options, "port", 0, 65_535) ?? DEFAULT_PORT;
    const join = parseChoice(options, "pal", ["early", "late", "never"] as const);
    const failCreate = parseChoice(options, "fail-create", CREATION_FAILURES);
    const failPal = parseChoice(options, "fail-pal", Object.keys(PAL_FAILURES) as (keyof typeof PAL_FAILURES)[]);
    const afterSpeechMs = parseWholeNumber(options, "fail-after", 0, 3_600_000) ?? 1000;
    const recoverAfterMs = parseWholeNumber(options, "recover-after", 0, 3_600_000);
    const maxConcurrent = parseWholeNumber(options, "max-concurrent", 1, 1000);
    const creditsS = parseWholeNumber(options, "credits", 0, 1e9);
    const maxAppMessageSize =
      options["max-app-message-size"] === "tavus"
        ? "tavus"
        : parseWholeNumber(options, "max-app-message-size", 1, 1_000_000, "tavus");
    const seeds = typeof options.seed === "string" ? await readSeedFile(options.seed) : undefined;
    // Imported here: other commands, such as a list of conversations, should not load WebRTC and a server.
    const { startEmulator } = await import("../../emulator/index.ts");
    // The key is generated for this run and opens nothing else, so it may be printed. Tavus keys never get here.
    await using emulator = await startEmulator({
      port,
      logger: createLogger(io),
      pal: {
        ...(join && { join }),
        ...(failPal && {
          failure: {
            kind: PAL_FAILURES[failPal],
            afterSpeechMs,
            ...(recoverAfterMs !== undefined && { recoverAfterMs }),
          },
        }),
      },
      ...(maxConcurrent !== undefined && { maxConcurrent }),
      ...(creditsS !== undefined && { creditsS }),
      ...(maxAppMessageSize !== undefined && { maxAppMessageSize }),
      // The emulator checks the seeds and names every problem.
      ...(seeds !== undefined && { seeds: seeds as EmulatorSeeds }),
      acceptAnyId: options["accept-any-id"] === true,
    });
    if (failCreate) emulator.tavus.faults.failCreation(failCreate);
    const { url, apiUrl, apiKey, dailyApiUrl, dailyApiKey, bundleUrl } = emulator;
    if (json) {
      io.out(JSON.stringify({ url, apiUrl, apiKey, faceId: FACE_ID, dailyApiUrl, dailyApiKey, bundleUrl }));
    } else {
      io.out(`The emulator is running at ${url} until Ctrl-C. For a bot in another terminal:\n`);
      io.out(`  export TAVUS_API_URL=${apiUrl}`);
      io.out(`  export TAVUS_API_KEY=${apiKey}`);
      io.out(`  export TAVUS_FACE_ID=${FACE_ID}`);
      io.out(`  export DAILY_API_URL=${dailyApiUrl}`);
      io.out(`  export DAILY_API_KEY=${dailyApiKey}\n`);
      io.out("For a web page that joins its rooms with daily-js:\n");
      io.out(`  dailyConfig: { bundlePathOverride: "${bundleUrl}" }\n`);
    }
    if (!io.signal.aborted) await once(io.signal, "abort");
    io.err(`Ending ${emulator.tavus.openConversations} open conversations…`);
    return 0;
  },
};

async function readSeedFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    throw new UsageError(`--seed: ${path} cannot be read (${asError(thrown).message}).`);
  }
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new UsageError(`--seed: ${path} is not JSON (${asError(thrown).message}).`);
  }
}
