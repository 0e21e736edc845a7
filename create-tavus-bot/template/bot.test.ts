// The bot in a room on this machine, with a pal and a user, over real WebRTC. The services follow a script, so that the test needs no
// key and costs nothing. Run it with `npm test`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmulator } from "tavus-transport/emulator";
import { ScriptedLLMService, ScriptedSTTService, ScriptedTTSService } from "tavus-transport/testing";
import { createBot } from "./bot.ts";
import { TestUser, until } from "./test-user.ts";

test("the bot greets a user, answers what the user says, and ends the conversation when the user leaves", async () => {
  await using tavus = await startEmulator();
  const llm = new ScriptedLLMService({ answers: ["Good day.", "I sell pears."] });
  const services = {
    stt: new ScriptedSTTService({ transcripts: ["What do you sell?"] }),
    llm,
    tts: new ScriptedTTSService(),
  };
  const { transport, task } = createBot({
    account: { apiKey: tavus.apiKey, apiUrl: tavus.apiUrl, faceId: "r90bbd427f71" },
    services,
  });
  const { conversationUrl } = await transport.createConversation();
  const running = task.run();

  const user = await TestUser.join(conversationUrl);
  await user.hearsThePal();

  user.speak(800);
  await user.hearsThePal();
  assert.deepEqual(
    llm.requests
      .at(-1)
      ?.map(({ role, content }) => [role, content])
      .slice(1),
    [
      ["assistant", "Good day."],
      ["user", "What do you sell?"],
    ],
  );

  await user[Symbol.asyncDispose]();
  const { reason } = await running;
  assert.equal(reason, "the user left");
  await until("the conversation is over", () => tavus.tavus.openConversations === 0);
});
