// A bot in a Daily room whose face is a pal: users see and hear the pal, which is in a Tavus conversation of its own. It repeats
// what it hears. Run it with `node examples/video-service.ts` (Node 24 or newer): it opens both rooms on this machine. With
// TAVUS_API_KEY, TAVUS_FACE_ID and DAILY_ROOM_URL in the environment it uses the real services.
import {
  DailyTransport,
  LevelVADProcessor,
  ParrotProcessor,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  TavusVideoService,
  UserTurnProcessor,
} from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

await using emulator = process.env.TAVUS_API_KEY ? undefined : await startEmulator();
emulator?.createRoom("lobby");
const account = emulator && { apiKey: emulator.apiKey, apiUrl: emulator.apiUrl, faceId: "r90bbd427f71" };

// #region bot
const transport = new DailyTransport({
  ...(emulator && { roomUrl: emulator.roomUrl("lobby") }),
  botName: "Polly",
  params: {
    videoOutEnabled: true,
    videoOutWidth: 640,
    videoOutHeight: 480,
    audioOut10msChunks: 2, // half of the usual size: what the pal says is a stream already
  },
});

const pal = new TavusVideoService({ ...account });

const task = new PipelineTask(
  new Pipeline([
    transport.input(),
    new LevelVADProcessor(), // detects when a user speaks
    new UserTurnProcessor(), // tracks turns; interrupts the bot when a user starts speaking
    new ParrotProcessor(), // your STT, LLM and TTS go here
    pal, // takes the speech, and pushes the pal's picture and sound instead
    transport.output(),
  ]),
);

pal.on("avatarState", (state) => console.log(`avatar: ${state.is}`));
transport.on("joined", ({ roomUrl }) => console.log(`Open ${roomUrl} in Chrome, join, and talk.`));
transport.on("participantLeft", () => {
  if (transport.participantCounts().present === 1) task.cancel("everybody has left");
});

await new PipelineRunner().run(task); // Ctrl-C ends the conversation, too
// #endregion
