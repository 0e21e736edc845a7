import type { CreateConversationOptions } from "../../../src/api/types.ts";
import type { Frame } from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask, type FrameProcessor, type PipelineTaskResult } from "../../../src/pipeline/index.ts";
import { ScriptedDailyCall, type ScriptedDailyCallOptions } from "../../../src/testing/scripted-daily-call.ts";
import type { ScriptedParticipant } from "../../../src/testing/scripted-participant.ts";
import type { FallbackRoomApi } from "../../../src/transport/tavus/index.ts";
import type { ConversationApi } from "../../../src/transport/tavus/conversation/conversation-api.ts";
import type { TavusTransportOptions } from "../../../src/transport/tavus/tavus-options.ts";
import { TavusTransport } from "../../../src/transport/tavus/tavus-transport.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { Collector, TestLogger } from "../frames.ts";
import { settle, VirtualClock } from "../../../src/testing/virtual-clock.ts";

export const PAL_NAME = "Ari";
export const PAL: ScriptedParticipant = { userName: PAL_NAME, userId: "tavus-face-r90bbd427f71" };
export const USER: ScriptedParticipant = { userName: "Grace" };

/** A Tavus cloud of a few lines that counts what is open. */
export class FakeApi implements ConversationApi {
  readonly created: CreateConversationOptions[] = [];
  readonly ends: string[] = [];
  creationsAsked = 0;
  palLookUps = 0;
  conversationLookUps = 0;
  pal: Awaited<ReturnType<ConversationApi["getPal"]>> = { palName: PAL_NAME, pipelineMode: "echo" };
  createDelayMs = 0;
  createError: Error | undefined;
  /** So many ends fail. */
  endFailures = 0;
  /** Ends are not answered; only their signals end them. */
  endHangs = false;
  /** Ends that are under way. */
  endsUnderWay = 0;
  palError: Error | undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async createConversation(options: CreateConversationOptions) {
    this.creationsAsked++;
    if (this.createDelayMs > 0) await sleep(this.#clock, this.createDelayMs);
    if (this.createError) throw this.createError;
    this.created.push(options);
    const conversationId = `c${this.created.length}`;
    return { conversationId, conversationUrl: `https://tavus.daily.co/${conversationId}`, meetingToken: "token" };
  }

  endConversation(conversationId: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.endHangs) {
      this.endsUnderWay++;
      return new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => {
          this.endsUnderWay--;
          reject(new Error("aborted"));
        });
      });
    }
    if (this.endFailures-- > 0) return Promise.reject(new Error("500"));
    this.ends.push(conversationId);
    return Promise.resolve();
  }

  getPal() {
    this.palLookUps++;
    if (this.palError) return Promise.reject(this.palError);
    return Promise.resolve(this.pal);
  }

  getConversation(conversationId: string) {
    this.conversationLookUps++;
    return Promise.resolve({ conversationUrl: `https://tavus.daily.co/${conversationId}`, palId: "p1" });
  }
}

/** Daily's REST API in a few lines, which counts what is open. */
export class FakeRoomApi implements FallbackRoomApi {
  readonly created: string[] = [];
  readonly deleted: string[] = [];
  readonly tokens: { readonly roomName: string; readonly expiresAtS: number; readonly userName?: string }[] = [];
  /** What each room was asked for with. */
  readonly asked: Parameters<FallbackRoomApi["createRoom"]>[0][] = [];
  delayMs = 0;
  createError: Error | undefined;
  tokenError: Error | undefined;
  deleteError: Error | undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async createRoom(options: Parameters<FallbackRoomApi["createRoom"]>[0]) {
    this.asked.push(options);
    if (this.delayMs > 0) await sleep(this.#clock, this.delayMs);
    if (this.createError) throw this.createError;
    this.created.push(options.name);
    return { url: `https://own.daily.co/room${this.created.length}` };
  }

  createMeetingToken(options: Parameters<FallbackRoomApi["createMeetingToken"]>[0]): Promise<string> {
    if (this.tokenError) return Promise.reject(this.tokenError);
    this.tokens.push(options);
    return Promise.resolve(options.userName === undefined ? "users-token" : "bots-token");
  }

  deleteRoom(name: string): Promise<unknown> {
    if (this.deleteError) return Promise.reject(this.deleteError);
    this.deleted.push(name);
    return Promise.resolve();
  }
}

export interface TavusHarnessOptions {
  readonly options?: TavusTransportOptions;
  /** The fallback is this harness' `rooms`. */
  readonly makesRooms?: boolean;
  readonly call?: Partial<ScriptedDailyCallOptions>;
  readonly ends?: "both" | "input" | "output";
  /** How the runtime of the call starts: after this time, or not at all. */
  readonly runtime?: { readonly startDelayMs?: number; readonly error?: Error };
  readonly env?: Record<string, string>;
  readonly endTimeoutMs?: number;
  readonly metrics?: boolean;
}

/** A task with a TavusTransport in a scripted room. */
export class TavusHarness {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly api = new FakeApi(this.clock);
  readonly rooms = new FakeRoomApi(this.clock);
  /** The first call. */
  readonly call: ScriptedDailyCall;
  /** Every call that was made, in order. */
  readonly calls: ScriptedDailyCall[] = [];
  readonly transport: TavusTransport;
  readonly upstream = new Collector(this.clock, "upstream");
  /** Between input and output. */
  readonly middle = new Collector(this.clock, "downstream");
  readonly downstream = new Collector(this.clock, "downstream");
  readonly task: PipelineTask;
  readonly events: string[] = [];
  /** Every state of the avatar, in order. */
  readonly avatarStates: string[] = [];
  callsMade = 0;
  readonly #time = { clock: this.clock, logger: this.logger };

  constructor(harnessOptions: TavusHarnessOptions = {}) {
    const {
      options,
      call,
      ends = "both",
      env = {},
      endTimeoutMs = 120_000,
      runtime = {},
      makesRooms,
      metrics = false,
    } = harnessOptions;
    this.call = new ScriptedDailyCall({ clock: this.clock, ...call });
    const createCall = async (): Promise<ScriptedDailyCall> => {
      this.callsMade++;
      if (runtime.startDelayMs !== undefined) await sleep(this.clock, runtime.startDelayMs);
      if (runtime.error) throw runtime.error;
      const made = this.calls.length === 0 ? this.call : new ScriptedDailyCall({ clock: this.clock, ...call });
      this.calls.push(made);
      return made;
    };
    const needed = { faceId: "f1", botName: "Ada", ...(makesRooms && { fallback: this.rooms }) };
    this.transport = new TavusTransport({ ...needed, ...options }, { api: this.api, createCall, env, ...this.#time });
    const processors: FrameProcessor[] = [this.upstream];
    if (ends !== "output") processors.push(this.transport.input());
    processors.push(this.middle);
    if (ends !== "input") processors.push(this.transport.output());
    processors.push(this.downstream);
    this.task = new PipelineTask(new Pipeline(processors), {
      clock: this.clock,
      logger: this.logger,
      params: { endTimeoutMs, enableMetrics: metrics },
    });
    for (const event of ["clientConnected", "clientDisconnected", "palJoined", "palLeft"] as const)
      this.transport.on(event, ({ sessionId }) => this.events.push(`${event} ${sessionId}`));
    this.transport.on("avatarState", (state) =>
      this.avatarStates.push("reason" in state ? `${state.is} ${state.reason}` : state.is),
    );
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

  sentOf(eventType: string): { readonly atMs: number; readonly properties: Record<string, unknown> }[] {
    return this.call.sent
      .map(({ atMs, data }) => ({ atMs, ...(data as { event_type: string; properties: Record<string, unknown> }) }))
      .filter((message) => message.event_type === eventType);
  }
}
