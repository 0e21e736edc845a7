import { once } from "node:events";

import { oneOf, wholeNumber, type Command } from "../command.ts";
import { loggerOf } from "../io.ts";

const DEFAULT_PORT = 4747;
/** A face that the emulator knows, as Tavus does. */
const FACE_ID = "r90bbd427f71";

export const emulatorCommand: Command = {
  name: "emulator",
  help: "a Tavus cloud on this machine: API, rooms and pals, until Ctrl-C",
  options: {
    port: { type: "string", value: "N", help: `default ${DEFAULT_PORT}; 0 for any that is free` },
    pal: { type: "string", value: "early|late|never", help: "when the pal joins (default late)" },
    "max-concurrent": { type: "string", value: "N", help: "conversations at a time (default 10)" },
    credits: { type: "string", value: "SECONDS", help: "of conversation until the account is empty (default: no end)" },
  },
  async run({ io, options, json }) {
    const port = wholeNumber(options, "port", 0, 65_535) ?? DEFAULT_PORT;
    const join = oneOf(options, "pal", ["early", "late", "never"] as const);
    const maxConcurrent = wholeNumber(options, "max-concurrent", 1, 1000);
    const creditsS = wholeNumber(options, "credits", 0, 1e9);
    // Loaded here: WebRTC and a server are much to load for a list of conversations.
    const { startEmulator } = await import("../../emulator/index.ts");
    // Its key is made for this run and opens nothing else, so it may be shown. A key of Tavus never gets here.
    await using emulator = await startEmulator({
      port,
      logger: loggerOf(io),
      ...(join && { pal: { join } }),
      ...(maxConcurrent !== undefined && { maxConcurrent }),
      ...(creditsS !== undefined && { creditsS }),
    });
    const { url, apiUrl, apiKey } = emulator;
    if (json) io.out(JSON.stringify({ url, apiUrl, apiKey, faceId: FACE_ID }));
    else {
      io.out(`The emulator runs at ${url} until Ctrl-C. For a bot in another terminal:\n`);
      io.out(`  export TAVUS_API_URL=${apiUrl}`);
      io.out(`  export TAVUS_API_KEY=${apiKey}`);
      io.out(`  export TAVUS_FACE_ID=${FACE_ID}\n`);
    }
    if (!io.signal.aborted) await once(io.signal, "abort");
    io.err(`Ending ${emulator.tavus.openConversations} open conversations…`);
    return 0;
  },
};
