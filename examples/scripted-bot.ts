// The whole chain of a voice bot, from the user's voice to the context, in a room on this machine and without a key:
// speech-to-text, the model and text-to-speech follow a script. Replace them with real services.
// Run it with `node examples/scripted-bot.ts`, open the URL it prints in Chrome, join, and talk. Interrupt it, too.
// Or type: `npx tavus-transport chat examples/scripted-bot.ts`.
import {
  createContextAggregators,
  LevelVADProcessor,
  LLMContext,
  type LLMMessage,
  LLMRunFrame,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusTransport,
} from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";
import { ScriptedLLMService, ScriptedSTTService, ScriptedTTSService } from "tavus-transport/testing";

// A place of its own, unless the environment names one, as `tavus-transport chat` does.
await using tavus = process.env.TAVUS_API_URL ? undefined : await startEmulator();

const transport = new TavusTransport({
  botName: "Fruit shop",
  ...(tavus && { faceId: "r90bbd427f71", apiKey: tavus.apiKey, apiUrl: tavus.apiUrl }),
});

// Returns these transcripts, whatever the user says.
const stt = new ScriptedSTTService({ transcripts: ["What do you have?", "How much is a pear?", "Thank you, bye."] });

// A model that answers the last message; a real model learns of the function from the context's tools.
const llm = new ScriptedLLMService({
  answers: (messages) => {
    const { role, content } = messages.at(-1) ?? { role: "system", content: "" };
    if (role === "tool") return `That is ${content as string} a piece.`;
    if (content === "What do you have?") return "We have apples, plums and pears. Which of them would you like?";
    if (content === "How much is a pear?")
      return ["One moment.", { type: "toolCall", id: "call-1", name: "price", arguments: { fruit: "pear" } }];
    return role === "user" ? "See you soon!" : "Welcome to the fruit shop.";
  },
});
llm.registerFunction("price", ({ fruit }) => (fruit === "pear" ? 3 : 2));

const tts = new ScriptedTTSService(); // a tone for each word

const context = new LLMContext([{ role: "system", content: "You sell fruit." }]);
const { user, assistant } = createContextAggregators(context);
const print = ({ role, content, interrupted }: LLMMessage): void => {
  console.log(`${role}: ${JSON.stringify(content)}${interrupted === true ? " (interrupted)" : ""}`);
};
user.on("messageAdded", print);
assistant.on("messageAdded", print); // only what was heard, once it was heard

const task = new PipelineTask(
  new Pipeline([
    transport.input(),
    new LevelVADProcessor(), // detects when the user speaks
    stt,
    user, // tracks turns and what the user said
    llm,
    tts,
    transport.output(),
    assistant, // tracks what the user heard
  ]),
);

transport.on("connected", ({ conversationUrl }) => console.log(`Open ${conversationUrl} in Chrome, join, and talk.`));
transport.on("clientConnected", () => task.queueFrame(new LLMRunFrame())); // the bot speaks first
transport.on("clientDisconnected", () => task.end("the user left"));

await new PipelineRunner().run(task); // Ctrl-C ends the conversation, too
