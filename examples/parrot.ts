// A bot that repeats what it hears, in a room on this machine: npm run demo does the same with a scripted user.
// Run it with `node examples/parrot.ts` (Node 24 or newer), open the URL it prints in Chrome, join, and talk.
import {
  LevelVADProcessor,
  ParrotProcessor,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusTransport,
  UserTurnProcessor,
} from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

await using tavus = await startEmulator();

const transport = new TavusTransport({
  botName: "Polly",
  faceId: "r90bbd427f71",
  apiKey: tavus.apiKey,
  apiUrl: tavus.apiUrl,
});

const task = new PipelineTask(
  new Pipeline([
    transport.input(),
    new LevelVADProcessor(), // detects when the user speaks
    new UserTurnProcessor(), // tracks turns; interrupts the bot when the user starts speaking
    new ParrotProcessor(), // your STT, LLM and TTS go here
    transport.output(),
  ]),
);

transport.on("connected", ({ conversationUrl }) => console.log(`Open ${conversationUrl} in Chrome, join, and talk.`));
transport.on("palJoined", (pal) => console.log(`${pal.userName} has joined.`));
transport.on("clientDisconnected", () => task.end("the user left"));

await new PipelineRunner().run(task); // Ctrl-C ends the conversation, too
