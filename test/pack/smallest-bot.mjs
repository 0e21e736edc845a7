// Runs in an empty project that has only the packed tarball installed (scripts/check-pack.mjs): the smallest bot on the
// emulator, and a user who says something and hears the pal repeat it.
import assert from "node:assert/strict";
import {
  createDailyCall,
  LevelVadProcessor,
  ParrotProcessor,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusTransport,
  UserTurnProcessor,
} from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";
import { ScriptedDailyCall, VirtualClock } from "tavus-transport/testing";

const RATE = 16_000;
const DEADLINE_MS = 20_000;

async function until(what, condition) {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `Not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const emulator = await startEmulator();
const { apiKey, apiUrl } = emulator;
const transport = new TavusTransport({ botName: "Polly", faceId: "r90bbd427f71", apiKey, apiUrl });
const task = new PipelineTask(
  new Pipeline([
    transport.input(),
    new LevelVadProcessor(),
    new UserTurnProcessor(),
    new ParrotProcessor(),
    transport.output(),
  ]),
);
transport.on("clientDisconnected", () => task.end());
let pal;
transport.on("palJoined", (participant) => (pal = participant));
const running = new PipelineRunner().run(task);
await until("the pal joins", () => pal !== undefined);

const url = transport.conversationUrl;
const user = await createDailyCall({ url });
await user.join({ url, userName: "User" });
await until("the user sees the pal", () => user.participants().has(pal.sessionId));
let heard = 0;
await user.captureAudio(pal.sessionId, "microphone", { sampleRate: RATE }, ({ pcm }) => {
  for (const sample of pcm) heard = Math.max(heard, Math.abs(sample));
});
const microphone = await user.publishAudio("microphone", { sampleRate: RATE });
microphone.write(Int16Array.from({ length: RATE }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 440 * i) / RATE)));
await until("the user hears the pal repeat it", () => heard > 2_000);

await user.close();
await running;
assert.equal(emulator.tavus.openConversations, 0);
await emulator.close();
assert.equal(typeof ScriptedDailyCall, "function");
assert.equal(typeof VirtualClock, "function");
console.log("OK");
