// A bot in a separate process that leaves in a given way at a given moment of its call. Arguments: runtime, way, moment.
// The environment names Tavus and the journal. The last line printed is the outcome of the task.
import {
  BotStartedSpeakingFrame,
  Pipeline,
  PipelineRunner,
  PipelineTask,
  FrameProcessor,
  TavusTransport,
  TextFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  type Frame,
  type FrameDirection,
  type ProcessContext,
} from "tavus-transport";

const [runtime = "native", way = "end", moment = "connected"] = process.argv.slice(2);
const rate = 24_000;

class Failing extends FrameProcessor {
  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (frame instanceof TextFrame) context.pushError(new Error("cannot go on"), { fatal: true });
    else context.push(frame, direction);
  }
}

const transport = new TavusTransport({
  runtime: runtime as "native" | "chromium",
  // Its own limits must not end it: only the bot or the journal may.
  conversation: { participantLeftTimeoutS: 600, participantAbsentTimeoutS: 600 },
});
const task = new PipelineTask(new Pipeline([transport.input(), new Failing(), transport.output()]));

let left = false;
function leave(): void {
  if (left) return;
  left = true;
  process.stdout.write(`leaving ${transport.conversationId ?? ""}\n`);
  const ways: Record<string, () => void> = {
    end: () => task.end("enough"),
    cancel: () => task.cancel("enough"),
    close: () => void transport.close(),
    fatal: () => task.queueFrame(new TextFrame("go")),
    throw: () => {
      setImmediate(() => {
        throw new Error("nobody catches this");
      });
    },
    reject: () => void Promise.reject(new Error("nobody awaits this")),
    exit: () => process.exit(3),
  };
  const act = ways[way] ?? (() => process.kill(process.pid, way));
  act();
}

const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const answering = send(input, init);
  const path = new URL(input instanceof Request ? input.url : input).pathname;
  if (init?.method !== "POST") return await answering;
  if (path.endsWith("/conversations")) {
    // The request is in flight.
    if (moment === "creating") setTimeout(leave, 5);
    const answer = await answering;
    // The runtime starts, and joins the room.
    if (moment === "joining") setTimeout(leave, 5);
    return answer;
  }
  if (moment === "ending" && path.endsWith("/end")) setTimeout(leave, 0);
  return await answering;
};

transport.on("connected", () => {
  if (moment === "connected") leave();
  if (moment === "ending") task.end("enough");
});
transport.on("palJoined", () => {
  if (moment !== "speaking") return;
  const audio = new Int16Array(2 * rate).fill(1000);
  task.queueFrames([new TTSStartedFrame(), new TTSAudioRawFrame({ audio, sampleRate: rate })]);
});
task.setReachedUpstreamFilter([BotStartedSpeakingFrame]);
task.on("reachedUpstream", leave);

try {
  const { outcome } = await new PipelineRunner().run(task);
  process.stdout.write(`${outcome}\n`);
} catch (thrown) {
  process.stdout.write(`failed ${(thrown as Error).message}\n`);
  process.exitCode = 1;
}
