// In a CommonJS project: what README says works there (scripts/check-pack.mjs).
const { TavusTransport } = require("tavus-transport");
const { TavusApi } = require("tavus-transport/api");
const { startEmulator } = require("tavus-transport/emulator");
const { ScriptedDailyCall, VirtualClock } = require("tavus-transport/testing");

async function main() {
  const { apiKey, apiUrl, close } = await startEmulator();
  new TavusTransport({ faceId: "r90bbd427f71", apiKey, apiUrl });
  new TavusApi({ apiKey, apiUrl });
  for (const value of [ScriptedDailyCall, VirtualClock, close]) if (typeof value !== "function") throw new Error();
  console.log("OK");
  process.exit();
}
void main();
