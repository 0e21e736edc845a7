import {
  CancelFrame,
  EagerTranscriptionFrame,
  type Frame,
  InterimTranscriptionFrame,
  LLMContext,
  type LLMMessage,
  type StartFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { createContextAggregators } from "../../src/processors/index.ts";
import { ScriptedAudioSink, ScriptedLLMService, ScriptedTTSService, VirtualClock } from "../../src/testing/index.ts";
import { BaseOutputTransport, parseTransportParams } from "../../src/transport/base/index.ts";
import { sleep } from "../../src/util/deadline.ts";
import { Collector, pcm, TestLogger } from "../transport/frames.ts";
import type { Scenario, ScenarioFunction, Step } from "./scenario.ts";

/** Low, because the test inspects every sample. */
const RATE = 8000;
export const WORD_MS = 240;
const FIRST_LEVEL = 1000;

/** The outcome of a scenario, in the form of its expectations. */
export interface Outcome {
  readonly context: readonly string[];
  readonly requests: number;
  readonly asked: readonly string[];
  readonly spoken: readonly string[];
  /** Words whose beginning at least the user heard. */
  readonly heard: string;
  readonly turns: readonly string[];
  readonly frames: readonly string[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly firstWordMs: number | undefined;
  /** Number of timers left at the end. */
  readonly timers: number;
}

/** Plays a scenario in virtual time, from the start of its task to the end. */
export async function runScenario({ bot, steps, watchMs = 8000 }: Scenario): Promise<Outcome> {
  const clock = new VirtualClock();
  const logger = new TestLogger();
  const context = new LLMContext(bot.context ?? [], {
    tools: [...(bot.tools ?? []), ...(bot.defined ?? []).map(({ tool }) => tool)],
  });
  const answers = bot.answers ?? [""];
  const llm: ScriptedLLMService = new ScriptedLLMService({
    answers: () => answers[Math.min(llm.requests.length, answers.length) - 1] ?? "",
    // Off the grid of the user's steps: the order of a word and a barge-in at the same moment would be undefined.
    latencyMs: (bot.modelLatencyMs ?? 100) + 0.3,
    ...(bot.wordDelayMs !== undefined && { wordDelayMs: bot.wordDelayMs }),
  });
  for (const [name, script] of Object.entries(bot.functions ?? {})) registerFunction(llm, clock, name, script);
  for (const definition of bot.defined ?? []) llm.registerFunction(definition);
  const words: string[] = [];
  const tts = new ScriptedTTSService({
    ...bot.voice,
    sound: (word) => {
      words.push(word);
      return pcm(WORD_MS, RATE, FIRST_LEVEL + words.length);
    },
  });
  const { user, assistant } = createContextAggregators(context, bot.user?.() ?? {});
  const turns: string[] = [];
  user
    .on("userTurnStarted", () => turns.push("starts"))
    .on("userTurnStopped", (text) => turns.push(`stops: ${text}`))
    .on("userTurnStopTimeout", () => turns.push("timeout"))
    .on("userIdle", () => turns.push("idle"))
    .on("userMuteStarted", () => turns.push("muted"))
    .on("userMuteStopped", () => turns.push("unmuted"));
  const sink = new ScriptedAudioSink({ clock, sampleRate: RATE });
  const out = new Collector(clock, "downstream");
  const parts = [
    ...[...(bot.before?.() ?? []), user, llm, ...(bot.between?.(context) ?? []), tts, new SinkOutput(sink)],
    ...[...(bot.behind?.() ?? []), ...(bot.summarizer ? [bot.summarizer(context)] : []), assistant, out],
  ];
  const task = new PipelineTask(new Pipeline(parts), {
    ...{ clock, logger },
    params: { audioOutSampleRate: RATE, endTimeoutMs: 120_000 },
  });
  const errors: string[] = [];
  task.on("error", ({ error }) => errors.push("code" in error ? String(error.code) : error.message));

  const running = task.run();
  running.catch(() => undefined);
  await clock.advance(0);
  for (const step of steps.toSorted((a, b) => a.at - b.at)) {
    await clock.advance(Math.max(0, step.at - clock.nowMs()));
    take(step, task);
    await clock.advance(0);
  }
  await clock.advance(watchMs);
  task.end();
  await clock.advanceUntil(running);

  const levels = sink.heard();
  const heard = words.filter((_word, at) => levels.includes(FIRST_LEVEL + 1 + at));
  const first = sink.writes[0];
  return {
    context: context.messages.flatMap(describe),
    requests: llm.requests.length,
    asked: llm.requests.map((messages) => messages.slice(-1).flatMap(describe).at(-1) ?? ""),
    spoken: tts.requests.map(({ text }) => text),
    heard: heard.join(" "),
    turns,
    frames: out.kinds(),
    errors,
    warnings: logger.warnings(),
    firstWordMs: first?.atMs,
    timers: clock.pendingTimers,
  };
}

function take(step: Step, task: PipelineTask): void {
  if ("frame" in step) {
    task.queueFrame(step.frame(), step.direction);
  } else if ("task" in step) {
    if (step.task === "ends") task.end();
    else task.queueFrame(new CancelFrame());
  } else {
    task.queueFrame(toFrame(step));
  }
}

function toFrame(step: Exclude<Step, { readonly frame: unknown } | { readonly task: unknown }>): Frame {
  if ("voice" in step) {
    return step.voice === "starts"
      ? new VADUserStartedSpeakingFrame({ startDelayMs: 200 })
      : new VADUserStoppedSpeakingFrame({ stopDelayMs: 200 });
  }
  if ("eager" in step) return new EagerTranscriptionFrame({ text: step.eager, userId: "grace" });
  if ("interim" in step) return new InterimTranscriptionFrame({ text: step.interim, userId: "grace" });
  return new TranscriptionFrame({ text: step.transcript, userId: "grace", finalized: step.finalized ?? true });
}

function registerFunction(llm: ScriptedLLMService, clock: VirtualClock, name: string, script: ScenarioFunction): void {
  const { afterMs, returns, throws, ...options } = script;
  const handler = async (_args: unknown, { signal }: { readonly signal: AbortSignal }): Promise<unknown> => {
    if (afterMs !== undefined) await sleep(clock, afterMs, signal);
    if (throws) throw throws;
    return returns;
  };
  llm.registerFunction(name, handler, options);
}

/** Formats a message like the expectations. */
function describe({ role, content, toolCalls = [], interrupted }: LLMMessage): string[] {
  const calls = toolCalls.map(({ name, arguments: args }) => `call ${name} ${JSON.stringify(args)}`);
  if (calls.length > 0) return calls;
  const text = typeof content === "string" ? content : content.map((part) => part.type).join("+");
  return [`${role}${interrupted === true ? " (interrupted)" : ""}: ${text}`];
}

/** The end of the pipeline: plays in real time on the virtual clock. */
class SinkOutput extends BaseOutputTransport {
  readonly #sink: ScriptedAudioSink;

  constructor(sink: ScriptedAudioSink) {
    super(parseTransportParams({ audioOutEnabled: true, audioOutEndSilenceMs: 0 }));
    this.#sink = sink;
  }

  protected override async start(_frame: StartFrame): Promise<void> {
    await this.openSenders();
    this.setTransportReady();
  }

  protected override openSink(): Promise<ScriptedAudioSink> {
    return Promise.resolve(this.#sink);
  }

  protected override sendMessage(): Promise<void> {
    return Promise.resolve();
  }
}
