// A bot whose call survives its pal: it repeats what it hears, through the pal while there is one, else with its own microphone.
// Run it with `node examples/fallback.ts` (the pal leaves after 20 seconds) or `node examples/fallback.ts credits` (the account
// has none, so there is no conversation at all). Open the URL it prints in Chrome, join, and talk.
// With TAVUS_API_KEY, TAVUS_FACE_ID and DAILY_API_KEY in the environment it uses the real services.
import {
  type AvatarState,
  DailyApi,
  LevelVADProcessor,
  ParrotProcessor,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusTransport,
  UserTurnProcessor,
} from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

const scene = process.argv[2] === "credits" ? { creditsS: 0 } : { pal: { leaveAfterMs: 20_000 } };
await using emulator = process.env.TAVUS_API_KEY ? undefined : await startEmulator(scene);

const account = emulator && { faceId: "r90bbd427f71", apiKey: emulator.apiKey, apiUrl: emulator.apiUrl };
const daily = emulator && { apiKey: emulator.dailyApiKey, apiUrl: emulator.dailyApiUrl };

const transport = new TavusTransport({
  botName: "Polly",
  ...account,
  fallback: new DailyApi(daily), // makes a room when there is no conversation; "microphone" needs no Daily account
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

const describe = (state: AvatarState): string => ("reason" in state ? `${state.is} (${state.reason})` : state.is);
const invite = (url: string, token: string | undefined): void => {
  console.log(`Open ${url}${token === undefined ? "" : `?t=${token}`} in Chrome, join, and talk.`);
};

transport.on("avatarState", (state) => console.log(`avatar: ${describe(state)}`));
transport.on("roomChanged", ({ conversationUrl, meetingToken }) => invite(conversationUrl, meetingToken));
transport.on("clientDisconnected", () => task.end("the user left"));

// Resolves with the room that works: the conversation's, or one of our own.
const { conversationUrl, meetingToken } = await transport.createConversation();
invite(conversationUrl, meetingToken);

await new PipelineRunner().run(task); // Ctrl-C ends the conversation and deletes the room, too
