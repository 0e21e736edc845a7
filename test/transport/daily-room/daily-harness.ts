import type { Frame } from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask, type FrameProcessor, type PipelineTaskResult } from "../../../src/pipeline/index.ts";
import { ScriptedDailyCall, type ScriptedDailyCallOptions } from "../../../src/testing/scripted-daily-call.ts";
import { settle, VirtualClock } from "../../../src/testing/virtual-clock.ts";
import type { DailyTransportOptions } from "../../../src/transport/daily-room/daily-options-types.ts";
import { DailyTransport } from "../../../src/transport/daily-room/daily-transport.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { Collector, TestLogger } from "../frames.ts";

export const ROOM_URL = "https://example.daily.co/room";

export interface DailyHarnessOptions {
  readonly options?: DailyTransportOptions;
  readonly call?: Partial<ScriptedDailyCallOptions>;
  readonly ends?: "both" | "input" | "output";
  /** How the runtime of the call starts: after this time, or not at all. */
  readonly runtime?: { readonly startDelayMs?: number; readonly error?: Error };
  readonly env?: Record<string, string>;
}

/** A task with a DailyTransport in a scripted room. */
export class DailyHarness {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly call: ScriptedDailyCall;
  readonly transport: DailyTransport;
  readonly upstream = new Collector(this.clock, "upstream");
  /** Between input and output. */
  readonly middle = new Collector(this.clock, "downstream");
  readonly downstream = new Collector(this.clock, "downstream");
  readonly task: PipelineTask;
  /** Events of the transport in their order, as "participantJoined u1". */
  readonly events: string[] = [];
  callsMade = 0;

  constructor({ options, call, ends = "both", env = {}, runtime = {} }: DailyHarnessOptions = {}) {
    const { clock, logger } = this;
    this.call = new ScriptedDailyCall({ clock, ...call });
    const createCall = async (): Promise<ScriptedDailyCall> => {
      this.callsMade++;
      if (runtime.startDelayMs !== undefined) await sleep(clock, runtime.startDelayMs);
      if (runtime.error) throw runtime.error;
      return this.call;
    };
    const given = { roomUrl: ROOM_URL, botName: "Ada", ...options };
    this.transport = new DailyTransport(given, { createCall, env, clock, logger });
    const processors: FrameProcessor[] = [this.upstream];
    if (ends !== "output") processors.push(this.transport.input());
    processors.push(this.middle);
    if (ends !== "input") processors.push(this.transport.output());
    processors.push(this.downstream);
    this.task = new PipelineTask(new Pipeline(processors), { clock, logger, params: { endTimeoutMs: 300_000 } });
    this.#watch();
  }

  async start(): Promise<this> {
    this.task.run().catch(() => undefined);
    await this.clock.advance(0);
    return this;
  }

  async send(...frames: Frame[]): Promise<void> {
    this.task.queueFrames(frames);
    await this.clock.advance(0);
  }

  /** Lets time pass until the task is over. */
  async finish(): Promise<PipelineTaskResult> {
    let done = false;
    const run = this.task.run().finally(() => (done = true));
    run.catch(() => undefined);
    while (!(done as boolean)) await this.clock.advance(500);
    await settle();
    return await run;
  }

  #watch(): void {
    const { transport, events } = this;
    const people = [
      ...(["firstParticipantJoined", "participantJoined", "participantUpdated", "participantLeft"] as const),
      ...(["clientConnected", "clientDisconnected"] as const),
    ];
    for (const event of people) transport.on(event, ({ sessionId }) => events.push(`${event} ${sessionId}`));
    for (const event of ["joined", "connected", "beforeLeave", "left"] as const)
      transport.on(event, () => events.push(event));
    transport.on("callStateUpdated", (state) => events.push(`state ${state}`));
    transport.on("error", ({ message }) => events.push(`error ${message}`));
    transport.on("appMessage", (message, from) => events.push(`message ${JSON.stringify(message)} of ${from}`));
  }
}
