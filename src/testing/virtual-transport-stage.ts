import { type FrameProcessor, Pipeline, PipelineTask } from "../pipeline/index.ts";
import { type Logger, silentLogger } from "../util/logger.ts";
import { FrameCollector } from "./frame-collector.ts";
import type { TransportStage } from "./transport-contract.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Step in which virtual time advances while a condition is awaited. */
const STEP_MS = 20;
const MAX_STEPS = 2000;
/** An utterance of the contract may take 8 s of virtual time. */
const END_TIMEOUT_MS = 120_000;

/** Options of {@link openVirtualTransportStage}. */
export interface VirtualTransportStageOptions {
  /** The clock that the transport's peer runs on; the task runs on it too. */
  readonly clock: VirtualClock;
  /** The transport under test: its two processors and its events. */
  readonly transport: TransportUnderTest;
  /**
   * Returns everything the listener has heard so far: mono PCM with its rate in Hz. Undefined before the first audio.
   */
  heard(): { readonly pcm: Int16Array; readonly sampleRate: number } | undefined;
  /** Makes the user speak for this long; see {@link TransportStage.userSpeaks}. */
  userSpeaks(durationMs: number): void;
  /** Makes a user leave and one join. */
  userComesBack(): void;
  /** Returns how often the transport has torn down its session. */
  endings(): number;
  /** The task's logger. Default: silent. */
  readonly logger?: Logger;
}

/** What the contract needs of a transport. Every `BaseTransport` with events for users has it. */
export interface TransportUnderTest {
  /** Returns the processor that captures media. */
  input(): FrameProcessor;
  /** Returns the processor that plays media. */
  output(): FrameProcessor;
  /** Adds a listener. */
  on(event: "clientConnected" | "clientDisconnected", listener: () => never): unknown;
}

/** Samples up to this magnitude count as silence. */
const AUDIBLE = 100;

/** Runs a transport in a task in virtual time, for {@link transportContract}. */
export async function openVirtualTransportStage(options: VirtualTransportStageOptions): Promise<TransportStage> {
  const { clock, transport } = options;
  const upstream = new FrameCollector(clock, "upstream");
  const heard = new FrameCollector(clock, "downstream");
  const said = new FrameCollector(clock, "downstream");
  const pipeline = new Pipeline([upstream, transport.input(), heard, transport.output(), said]);
  const task = new PipelineTask(pipeline, {
    clock,
    logger: options.logger ?? silentLogger,
    params: { endTimeoutMs: END_TIMEOUT_MS },
  });
  const run = task.run();
  run.catch(() => undefined);
  await clock.advance(0);
  return {
    task,
    upstream,
    heard,
    said,
    loudMs: () => {
      const { pcm, sampleRate } = options.heard() ?? { pcm: new Int16Array(), sampleRate: 24_000 };
      return (pcm.filter((sample) => Math.abs(sample) > AUDIBLE).length * 1000) / sampleRate;
    },
    toleranceMs: 10, // a tone crosses zero, too
    userSpeaks: (durationMs) => options.userSpeaks(durationMs),
    userComesBack: async () => {
      options.userComesBack();
      await clock.advance(0);
    },
    addThrowingListener: () => addThrowingListener(transport),
    endings: () => options.endings(),
    until: async (what, condition) => {
      for (let step = 0; !condition(); step++) {
        if (step > MAX_STEPS) throw new Error(`Never: ${what}.`);
        await clock.advance(STEP_MS);
      }
    },
    passes: (ms) => clock.advance(ms),
    finish: () => clock.advanceUntil(run),
    close: async () => {
      task.cancel();
      await clock.advanceUntil(run).catch(() => undefined);
    },
  };
}

/** Adds a listener that throws to both events. Returns how often it has thrown. */
export function addThrowingListener(transport: Pick<TransportUnderTest, "on">): () => number {
  let thrown = 0;
  const listener = (): never => {
    thrown++;
    throw new Error("a listener's mistake");
  };
  transport.on("clientConnected", listener);
  transport.on("clientDisconnected", listener);
  return () => thrown;
}
