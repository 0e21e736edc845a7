import {
  type Frame,
  type FrameDirection,
  InterruptionFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  UserAudioRawFrame,
} from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../src/pipeline/index.ts";
import { measurePeak } from "../../src/audio/index.ts";
import { createDailyCall } from "../../src/transport/daily/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { deferred } from "../../src/util/deadline.ts";
import { sendEvent, serve } from "../lib/child.ts";
import { normalPriority } from "../lib/raise-priority.ts";
import { babble, impulse, tone } from "../lib/sound.ts";
import { LoudWatch } from "../lib/spans.ts";
import { monotonicMs } from "../lib/time.ts";

// The bot, alone in its process, so that its CPU and memory can be measured. Sends the event "heard" for the user's sounds.

export type BotRequests = {
  start: [argument: undefined, answer: { readonly conversationId: string; readonly url: string }];
  /** Says 10 ms; answers when the frame was queued and when the sink was first written. */
  impulse: [argument: undefined, answer: { readonly queuedMs: number; readonly writtenMs: number }];
  /** Says a steady tone. */
  tone: [argument: { readonly ms: number }, answer: undefined];
  /** Says a speech-like signal. */
  speak: [argument: { readonly ms: number }, answer: undefined];
  /** Interrupts; answers when the frame was queued. */
  interrupt: [argument: undefined, answer: { readonly queuedMs: number }];
};

const SAMPLE_RATE = 24_000;
/** Roughly what TTS services send at a time. */
const FRAME_MS = 500;

const [runtime, apiUrl = "", apiKey = ""] = process.argv.slice(2);
if (runtime !== "native" && runtime !== "chromium") throw new Error(`No such runtime: ${runtime}`);

normalPriority();

let nextWrite = deferred<number>();

class UserEar extends FrameProcessor {
  readonly #watch = new LoudWatch((edge) => sendEvent("heard", edge));

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (frame instanceof UserAudioRawFrame) this.#watch.feed(measurePeak(frame.audio), frame.durationMs);
    context.push(frame, direction);
  }
}

const transport = new TavusTransport(
  {
    botName: "Bench bot",
    faceId: "r90bbd427f71",
    apiUrl,
    apiKey,
    runtime,
    params: { audioOutEndSilenceMs: 0 },
  },
  {
    env: {},
    createCall: async ({ url }) => {
      const call = await createDailyCall({ url, runtime });
      const publish = call.publishAudio.bind(call);
      call.publishAudio = async (...format) => {
        const sink = await publish(...format);
        const write = sink.write.bind(sink);
        sink.write = (pcm) => {
          nextWrite.resolve(monotonicMs());
          return write(pcm);
        };
        return sink;
      };
      return call;
    },
  },
);
const task = new PipelineTask(new Pipeline([transport.input(), new UserEar({ name: "UserEar" }), transport.output()]));

function say(pcm: Int16Array): void {
  const frames: Frame[] = [new TTSStartedFrame()];
  const size = (SAMPLE_RATE * FRAME_MS) / 1000;
  for (let at = 0; at < pcm.length; at += size)
    frames.push(new TTSAudioRawFrame({ audio: pcm.slice(at, at + size), sampleRate: SAMPLE_RATE }));
  task.queueFrames([...frames, new TTSStoppedFrame()]);
}

let running: Promise<unknown> = Promise.resolve();

serve<BotRequests>(
  {
    async start() {
      const palJoined = deferred<undefined>();
      transport.on("palJoined", () => palJoined.resolve(undefined));
      running = task.run();
      const ended = running.then(() => {
        throw new Error("The bot ended before the bench did.");
      });
      await Promise.race([palJoined.promise, ended]);
      return { conversationId: transport.conversationId ?? "", url: transport.conversationUrl ?? "" };
    },
    async impulse() {
      nextWrite = deferred<number>();
      const pcm = impulse(40, SAMPLE_RATE);
      const queuedMs = monotonicMs();
      say(pcm);
      return { queuedMs, writtenMs: await nextWrite.promise };
    },
    tone({ ms }) {
      say(tone(ms, SAMPLE_RATE));
      return undefined;
    },
    speak({ ms }) {
      say(babble(ms, SAMPLE_RATE));
      return undefined;
    },
    interrupt() {
      const queuedMs = monotonicMs();
      task.queueFrame(new InterruptionFrame());
      return { queuedMs };
    },
  },
  async () => {
    task.cancel("the bench is over");
    await running.catch(() => undefined);
  },
);
