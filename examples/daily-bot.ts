// A bot in a Daily room, without Tavus: it repeats what it hears, and its camera shows a face that it draws itself.
// Run it with `node examples/daily-bot.ts` (Node 24 or newer): it opens a room on this machine. With DAILY_ROOM_URL (and
// DAILY_ROOM_TOKEN for a private room) it joins that room instead.
import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  DailyTransport,
  type Frame,
  type FrameDirection,
  FrameProcessor,
  LevelVADProcessor,
  OutputImageRawFrame,
  OutputTransportReadyFrame,
  ParrotProcessor,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  type ProcessContext,
  UserTurnProcessor,
} from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

const WIDTH = 320;
const HEIGHT = 240;

const SKY = [40, 60, 120] as const;
const SKIN = [240, 200, 60] as const;
const DARK = [40, 20, 20] as const;

/** A face of circles, as RGB. */
function drawFace(mouthIsOpen: boolean): OutputImageRawFrame {
  const image = new Uint8Array(WIDTH * HEIGHT * 3);
  const isIn = (x: number, y: number, centre: readonly [number, number], across: number, down: number): boolean =>
    ((x - centre[0]) / across) ** 2 + ((y - centre[1]) / down) ** 2 <= 1;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const isEye = isIn(x, y, [125, 95], 12, 16) || isIn(x, y, [195, 95], 12, 16);
      const isMouth = isIn(x, y, [160, 160], 40, mouthIsOpen ? 24 : 4);
      const isFace = isIn(x, y, [160, 120], 100, 100);
      image.set(isEye || isMouth ? DARK : isFace ? SKIN : SKY, (y * WIDTH + x) * 3);
    }
  }
  return new OutputImageRawFrame({ image, width: WIDTH, height: HEIGHT });
}

// #region face
/** Shows a face whose mouth is open while the bot speaks. Placed in front of the output, whose frames pass it upstream. */
class Face extends FrameProcessor {
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    if (direction === "downstream") return;
    // A picture is shown until the next one.
    if (frame instanceof OutputTransportReadyFrame || frame instanceof BotStoppedSpeakingFrame)
      ctx.push(drawFace(false));
    else if (frame instanceof BotStartedSpeakingFrame) ctx.push(drawFace(true));
  }
}

// #endregion

await using emulator = process.env.DAILY_ROOM_URL ? undefined : await startEmulator();
emulator?.createRoom("lobby");

// #region bot
const transport = new DailyTransport({
  ...(emulator && { roomUrl: emulator.roomUrl("lobby") }),
  botName: "Polly",
  params: { videoOutEnabled: true, videoOutWidth: WIDTH, videoOutHeight: HEIGHT, videoOutFps: 10 },
});

const task = new PipelineTask(
  new Pipeline([
    transport.input(),
    new LevelVADProcessor(), // detects when a user speaks
    new UserTurnProcessor(), // tracks turns; interrupts the bot when a user starts speaking
    new ParrotProcessor(), // your STT, LLM and TTS go here
    new Face(),
    transport.output(),
  ]),
);

transport.on("joined", ({ roomUrl }) => console.log(`Open ${roomUrl} in Chrome, join, and talk.`));
transport.on("participantJoined", async ({ userName, sessionId }) => {
  console.log(`${userName} has joined.`);
  await transport.sendAppMessage({ hello: userName }, sessionId);
});
transport.on("participantLeft", () => {
  // Nobody is there to hear the rest.
  if (transport.participantCounts().present === 1) task.cancel("everybody has left");
});

await new PipelineRunner().run(task); // Ctrl-C leaves the room, too
// #endregion
