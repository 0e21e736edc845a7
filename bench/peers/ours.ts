/**
 * Our side of the bench against peers, in its own process. It does the same work as `pipecat_peer.py`, with the same
 * commands and answers.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { type Frame, type FrameDirection, InterruptionFrame, TextFrame } from "../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../src/pipeline/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { nextTurn } from "../../src/util/next-turn.ts";
import { PROCESSORS } from "../pipeline/chain.ts";
import type { PeerCommand } from "./peer-process.ts";

/** Passes frames on, after a turn of the event loop if asked to. */
class Pass extends FrameProcessor {
  readonly #yields: boolean;

  constructor(yields: boolean) {
    super();
    this.#yields = yields;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (this.#yields && frame instanceof TextFrame) return this.#later(frame, direction, ctx);
    ctx.push(frame, direction);
  }

  async #later(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    await nextTurn();
    ctx.push(frame, direction);
  }
}

/** Handles its first text until it is interrupted: all others wait behind it. */
class Busy extends FrameProcessor {
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof TextFrame) {
      const { signal } = ctx;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    }
    ctx.push(frame, direction);
  }
}

/** Resolves when an expected number of frames of one kind has arrived. */
class Last extends FrameProcessor {
  #left = 0;
  #kind: new (...args: never[]) => Frame = TextFrame;
  #done: () => void = () => undefined;

  expect(kind: new (...args: never[]) => Frame, count: number): Promise<void> {
    this.#kind = kind;
    this.#left = count;
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    ctx.push(frame, direction);
    if (!(frame instanceof this.#kind) || this.#left === 0) return;
    this.#left--;
    if (this.#left === 0) this.#done();
  }
}

/** A running task with its processors. */
class Task {
  readonly #last = new Last();
  readonly #task: PipelineTask;

  constructor(first: readonly FrameProcessor[]) {
    this.#task = new PipelineTask(new Pipeline([...first, this.#last]), {
      logger: silentLogger,
      params: { idleTimeoutMs: 0 },
    });
  }

  async start(): Promise<this> {
    const started = new Promise<void>((resolve) => this.#task.on("started", () => resolve()));
    void this.#task.run();
    await started;
    return this;
  }

  async send(frames: readonly Frame[]): Promise<number> {
    const done = this.#last.expect(TextFrame, frames.length);
    const startMs = performance.now();
    for (const frame of frames) this.#task.queueFrame(frame);
    await done;
    return performance.now() - startMs;
  }

  async interrupt(count: number): Promise<number> {
    for (let frame = 0; frame < count; frame++) this.#task.queueFrame(new TextFrame("x"));
    await sleep(200);
    const done = this.#last.expect(InterruptionFrame, 1);
    const startMs = performance.now();
    this.#task.queueFrame(new InterruptionFrame());
    await done;
    return performance.now() - startMs;
  }
}

const passing = (yields: boolean): Promise<Task> =>
  new Task(Array.from({ length: PROCESSORS - 1 }, () => new Pass(yields))).start();
const tasks = { straight: await passing(false), yielding: await passing(true) };
const busy = await new Task([new Busy(), ...Array.from({ length: PROCESSORS - 2 }, () => new Pass(false))]).start();

async function answer(command: PeerCommand): Promise<number[]> {
  if (command.do === "interrupt") return [await busy.interrupt(command.frames)];
  const task = command.yields ? tasks.yielding : tasks.straight;
  if (command.do === "hops") return [await task.send(Array.from({ length: command.frames }, () => new TextFrame("x")))];
  const ms: number[] = [];
  for (let round = 0; round < command.rounds; round++) ms.push(await task.send([new TextFrame("x")]));
  return ms;
}

console.log(JSON.stringify({ name: `tavus-transport (Node ${process.version})` }));
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ ms: await answer(JSON.parse(line) as PeerCommand) }));

process.exit();
