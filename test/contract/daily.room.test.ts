import { startEmulator } from "../../src/emulator/index.ts";
import { UserAudioRawFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { addThrowingListener } from "../../src/testing/virtual-transport-stage.ts";
import { DailyTransport } from "../../src/transport/daily-room/index.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls } from "../support/calls.ts";
import { joinUser } from "../support/tavus.ts";
import { passes, until } from "../support/until.ts";
import { Collector } from "../transport/frames.ts";
import { describeTransport } from "./describe-transport.ts";

const RATE = 48_000;
/** Half of a tone: what a jitter buffer makes up for late packets fades, and does not count for long. */
const AUDIBLE = 4000;

describeTransport("DailyTransport in a room, native", async () => {
  const emulator = await startEmulator({ logger: silentLogger });
  emulator.createRoom("contract");
  const url = emulator.roomUrl("contract");
  const calls = new Calls("native");
  const listener = await calls.join(url, "Listener");
  let user = await joinUser(calls, url);
  const transport = new DailyTransport(
    { roomUrl: url, runtime: "native", params: { audioOutEndSilenceMs: 200 } },
    { env: {} },
  );
  const upstream = new Collector(systemClock, "upstream");
  const heard = new Collector(systemClock, "downstream");
  const said = new Collector(systemClock, "downstream");
  const task = new PipelineTask(new Pipeline([upstream, transport.input(), heard, transport.output(), said]), {
    logger: silentLogger,
  });
  let left = 0;
  transport.on("left", () => left++);
  const running = task.run();
  running.catch(() => undefined);
  let loudSamples = 0;
  const bot = await listener.sees("Bot");
  await listener.call.captureAudio(bot.sessionId, MICROPHONE, { sampleRate: RATE }, ({ pcm }) => {
    if (pcm.some((sample) => Math.abs(sample) > AUDIBLE)) loudSamples += pcm.length;
  });
  await until("the user is heard", () => heard.of(UserAudioRawFrame).length > 0);
  return {
    ...{ task, upstream, heard, said },
    // A jitter buffer that has grown on a busy machine plays for longer what was on its way.
    passes: (ms) => passes(3 * ms),
    loudMs: () => (loudSamples * 1000) / RATE,
    toleranceMs: 200, // a busy machine is late with packets
    userSpeaks: (durationMs) => void user.speak(700, durationMs),
    userComesBack: async () => {
      await user.call.close();
      user = await joinUser(calls, url);
    },
    addThrowingListener: () => addThrowingListener(transport),
    endings: () => left,
    until: async (what, condition) => {
      await until(what, condition, 10_000);
    },
    finish: () => running,
    close: async () => {
      await task[Symbol.asyncDispose]();
      await calls[Symbol.asyncDispose]();
      await emulator.close();
    },
  };
});
