import { readdirSync, readFileSync } from "node:fs";

import {
  BotStoppedSpeakingFrame,
  DataFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
} from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../src/pipeline/index.ts";
import { TavusTransport } from "../../src/transport/tavus/index.ts";
import { deferred } from "../../src/util/deadline.ts";
import { sendEvent, serve } from "../lib/child.ts";
import { monotonicMs, sleep } from "../lib/time.ts";
import type { ReleasedWord } from "./oracle.ts";
import type { Step } from "./plan.ts";
import { wordSound } from "../lib/words.ts";

// The bot, alone in its process, so that blocking its event loop disturbs nothing else, and its memory can be measured. Sends
// the event "released" for each word that the pipeline reports as heard, and "stopped" when it reports the end of speech.

export interface BotSample {
  readonly rssMb: number;
  readonly heapMb: number;
  readonly externalMb: number;
  readonly handles: number;
  readonly files: number;
  readonly threads: number;
}

export type BotRequests = {
  start: [argument: undefined, answer: { readonly conversationId: string; readonly url: string }];
  perform: [argument: readonly Step[], answer: undefined];
  end: [argument: undefined, answer: { readonly refused: number }];
  sample: [argument: undefined, answer: BotSample];
};

const SAMPLE_RATE = 24_000;
const [runtime, delivery, apiUrl = "", apiKey = ""] = process.argv.slice(2);
if (runtime !== "native" && runtime !== "chromium") throw new Error(`No such runtime: ${runtime}`);
if (delivery !== "track" && delivery !== "messages") throw new Error(`No such delivery: ${delivery}`);

class WordFrame extends DataFrame {
  readonly kind = "WordFrame";
  readonly utterance: number;

  constructor(utterance: number) {
    super();
    this.utterance = utterance;
  }
}

function utterance({ utterance: number, words }: { readonly utterance: number; readonly words: number }): Frame[] {
  const frames: Frame[] = [new TTSStartedFrame()];
  for (let word = 0; word < words; word++) {
    frames.push(new TTSAudioRawFrame({ audio: wordSound(number, word, SAMPLE_RATE), sampleRate: SAMPLE_RATE }));
    frames.push(new WordFrame(number));
  }
  return [...frames, new TTSStoppedFrame()];
}

class BargeInFrame extends DataFrame {
  readonly kind = "BargeInFrame";
  readonly answer: readonly Frame[];

  constructor(answer: readonly Frame[]) {
    super();
    this.answer = answer;
  }
}

/** Interrupts in a handler and speaks at once, as the documents show. */
class BargeIn extends FrameProcessor {
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (!(frame instanceof BargeInFrame)) {
      ctx.push(frame, direction);
      return;
    }
    ctx.broadcastInterruption();
    for (const said of frame.answer) ctx.push(said);
  }
}

/** Sits behind the output: a frame that passes here was heard. */
class HeardWords extends FrameProcessor {
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (frame instanceof WordFrame) {
      sendEvent("released", { utterance: frame.utterance, atMs: monotonicMs() } satisfies ReleasedWord);
    } else {
      if (frame instanceof BotStoppedSpeakingFrame) sendEvent("stopped", { atMs: monotonicMs() });
      ctx.push(frame, direction);
    }
  }
}

interface Call {
  readonly task: PipelineTask;
  readonly ended: Promise<unknown>;
  readonly output: ReturnType<TavusTransport["output"]>;
}

let call: Call | undefined;

async function start(): Promise<{ conversationId: string; url: string }> {
  const transport = new TavusTransport(
    {
      botName: "Chaos bot",
      faceId: "r90bbd427f71",
      apiUrl,
      apiKey,
      runtime: runtime as "native" | "chromium",
      journal: false,
      conversation: { maxCallDurationS: 3600 },
      params: {
        audioDelivery: delivery as "track" | "messages",
        audioOutEndSilenceMs: 0,
        ...(process.env.GAP && { interruptionSilenceMs: Number(process.env.GAP) }),
      },
    },
    { env: {} },
  );
  const output = transport.output();
  const task = new PipelineTask(
    new Pipeline([transport.input(), new BargeIn({ name: "BargeIn" }), output, new HeardWords({ name: "HeardWords" })]),
  );
  const palJoined = deferred<undefined>();
  transport.on("palJoined", () => palJoined.resolve(undefined));
  const ended = task.run();
  call = { task, ended, output };
  const tooEarly = ended.then(() => {
    throw new Error("The bot ended before the chaos did.");
  });
  tooEarly.catch(() => undefined);
  await Promise.race([palJoined.promise, tooEarly]);
  return { conversationId: transport.conversationId ?? "", url: transport.conversationUrl ?? "" };
}

function hold(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

async function perform(steps: readonly Step[]): Promise<undefined> {
  const { task } = running();
  for (const step of steps) {
    if (step.do === "say") task.queueFrames(utterance(step));
    else if (step.do === "interrupt") task.queueFrame(new InterruptionFrame());
    else if (step.do === "interruptAndSay") task.queueFrame(new BargeInFrame(utterance(step)));
    else if (step.do === "hold") hold(step.ms);
    else if (step.ms > 0) await sleep(step.ms);
  }
  return undefined;
}

function running(): Call {
  if (!call) throw new Error("There is no call.");
  return call;
}

async function end(): Promise<{ refused: number }> {
  const { task, ended, output } = running();
  const refused = output.refusedFrames + output.stats.audio.reduce((sum, { refusedChunks }) => sum + refusedChunks, 0);
  task.end("the scene is over");
  await ended;
  call = undefined;
  return { refused };
}

/** Samples after a garbage collection, where Node allows it, so that only live memory counts. */
function sample(): BotSample {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const mb = (bytes: number): number => Math.round((bytes / 1_048_576) * 10) / 10;
  const status = readable(() => readFileSync("/proc/self/status", "utf8")) ?? "";
  return {
    rssMb: mb(rss),
    heapMb: mb(heapUsed),
    externalMb: mb(external),
    handles: process.getActiveResourcesInfo().length,
    files: readable(() => readdirSync("/proc/self/fd").length) ?? 0,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
  };
}

/** The value read; undefined on systems without /proc. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

serve<BotRequests>({ start, perform, end, sample }, async () => {
  call?.task.cancel("the chaos is over");
  await call?.ended.catch(() => undefined);
});
