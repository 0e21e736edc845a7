// The parrot against the real Tavus. Tavus bills the conversation by the minute until it ends: when the user leaves, on
// Ctrl-C, on any failure, and at the latest after maxCallDurationS.
//
//   TAVUS_API_KEY=… TAVUS_FACE_ID=… node examples/live.ts
//
// Needs Node 24 or newer and, for Daily's own rooms, Chrome or Chromium (or `npm install @sparticuz/chromium`).
import {
  LevelVADProcessor,
  ParrotProcessor,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusTransport,
  TavusTransportError,
  UserTurnProcessor,
} from "tavus-transport";

try {
  const transport = new TavusTransport({
    botName: "Polly",
    conversation: { maxCallDurationS: 300 }, // TAVUS_API_KEY and TAVUS_FACE_ID come from the environment
  });
  const task = new PipelineTask(
    new Pipeline([
      transport.input(),
      new LevelVADProcessor(),
      new UserTurnProcessor(),
      new ParrotProcessor(),
      transport.output(),
    ]),
  );
  transport.on("connected", ({ conversationUrl }) => console.log(`Open ${conversationUrl} and talk.`));
  transport.on("clientDisconnected", () => task.end("the user left"));
  transport.on("error", (error) => console.error(error.message));
  await new PipelineRunner().run(task);
} catch (thrown) {
  // Every error says what to do next; none contains the key.
  console.error(thrown instanceof TavusTransportError ? `${thrown.code}: ${thrown.message}` : thrown);
  process.exitCode = 1;
}
