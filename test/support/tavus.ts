import { afterAll, afterEach, beforeAll } from "vitest";

import { type Emulator, type EmulatorOptions, type Pal, startEmulator } from "../../src/emulator/index.ts";
import { palUserId } from "../../src/emulator/pal/pal-user-id.ts";
import { InterruptionFrame, UserAudioRawFrame } from "../../src/frames/index.ts";
import { type FrameProcessor, Pipeline, PipelineTask, type PipelineTaskResult } from "../../src/pipeline/index.ts";
import type { AudioSink } from "../../src/transport/playout/audio-sink.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import { holdBrowser } from "../../src/transport/daily/chromium/shared-browser.ts";
import {
  TavusTransport,
  type TavusTransportDependencies,
  type TavusTransportOptions,
} from "../../src/transport/tavus/index.ts";
import { testUtterance } from "../../src/testing/test-utterance.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Collector, TestLogger } from "../transport/frames.ts";
import { Calls, type RealRuntime, type WatchedCall } from "./calls.ts";
import { tone } from "./tone.ts";
import { until } from "./until.ts";

export const FACE_ID = "r90bbd427f71";
export const PAL_USER_ID = palUserId(FACE_ID);
export const PAL_NAME = { track: "Tavus Echo Audio Stream", messages: "Ari" } as const;
const MICROPHONE_RATE = 48_000;

export interface BotOptions extends TavusTransportOptions {
  /** Between input and output. */
  readonly processors?: readonly FrameProcessor[];
  readonly dependencies?: TavusTransportDependencies;
}

/** A bot on a real transport, and everything that happened in its pipeline. */
export class TavusBot {
  readonly logger = new TestLogger();
  readonly transport: TavusTransport;
  readonly task: PipelineTask;
  /** What the input pushes. */
  readonly heard = new Collector(systemClock, "downstream");
  /** What the output pushes. */
  readonly said = new Collector(systemClock, "downstream");
  readonly upstream = new Collector(systemClock, "upstream");
  /** Room events with the name of the participant, as "palJoined Ari". */
  readonly events: string[] = [];
  readonly errors: Error[] = [];
  readonly running: Promise<PipelineTaskResult>;

  constructor(emulator: Pick<Emulator, "apiKey" | "apiUrl">, options: BotOptions = {}) {
    const { processors = [], dependencies = {}, ...rest } = options;
    const { apiKey, apiUrl } = emulator;
    this.transport = new TavusTransport(
      { botName: "Bot", faceId: FACE_ID, apiKey, apiUrl, ...rest },
      { env: {}, ...dependencies },
    );
    for (const event of ["palJoined", "palLeft", "clientConnected", "clientDisconnected"] as const)
      this.transport.on(event, ({ userName }) => this.events.push(`${event} ${userName}`));
    this.transport.on("error", (error) => this.errors.push(error));
    this.task = new PipelineTask(
      new Pipeline([
        this.upstream,
        this.transport.input(),
        this.heard,
        ...processors,
        this.transport.output(),
        this.said,
      ]),
      { logger: this.logger },
    );
    this.running = this.task.run();
    this.running.catch(() => undefined);
  }

  get id(): string {
    return this.transport.conversationId ?? "";
  }

  get url(): string {
    return this.transport.conversationUrl ?? "";
  }

  /** Resolves when it is in its room; rejects with the reason when it fails. */
  async connected(): Promise<this> {
    const ended = this.running.then(() => {
      throw new Error("The bot ended before it was in its room.");
    });
    const there = until("the bot is in its room", () => this.heard.kinds().includes("BotConnectedFrame"), 15_000);
    await Promise.race([there, ended]);
    return this;
  }

  /** Resolves when it may speak: the pal is in the room. */
  async ready(): Promise<this> {
    await this.connected();
    await until("the output is ready", () => this.upstream.kinds().includes("OutputTransportReadyFrame"));
    return this;
  }

  /** An utterance of one tone. */
  say(hz: number, durationMs: number): void {
    this.task.queueFrames(testUtterance(hz, durationMs));
  }

  interrupt(): void {
    this.task.queueFrame(new InterruptionFrame());
  }

  /** The user ids of all audio in the pipeline. */
  heardUserIds(): string[] {
    return [...new Set(this.heard.of(UserAudioRawFrame).map(({ userId }) => userId))].sort();
  }

  hearsOf(userId: string): UserAudioRawFrame[] {
    return this.heard.of(UserAudioRawFrame).filter((frame) => frame.userId === userId);
  }
}

/** What a pal has played so far, in frames of 10 ms. */
export class PlayedByPal {
  readonly frames: { readonly pcm: Int16Array; readonly sampleRate: number; readonly peak: number }[] = [];
  /** How many frames had been played when an interruption arrived. */
  readonly interruptedAt: number[] = [];

  constructor(pal: Pal) {
    pal.events
      .on("played", ({ samples, sampleRate }, peak) => this.frames.push({ pcm: samples.slice(), sampleRate, peak }))
      .on("interrupted", () => this.interruptedAt.push(this.frames.length));
  }

  get speaks(): boolean {
    return (this.frames.at(-1)?.peak ?? 0) > 4000;
  }

  loudMs(from = 0): number {
    return this.frames.slice(from).filter(({ peak }) => peak > 1000).length * 10;
  }
}

export type RoomUser = Awaited<ReturnType<typeof joinUser>>;

/** Joins a user with an open microphone, who can listen to the pal. */
export async function joinUser(calls: Calls, url: string, userName = "User", token?: string) {
  const join = { runtime: "native", ...(token !== undefined && { token }) } as const;
  const watched: WatchedCall = await calls.join(url, userName, join);
  const microphone: AudioSink = await watched.call.publishAudio(MICROPHONE, { sampleRate: MICROPHONE_RATE });
  return Object.assign(watched, {
    microphone,
    /** Resolves when the last of the tone has left the microphone. */
    async speak(hz: number, durationMs: number): Promise<void> {
      microphone.write(tone(hz, MICROPHONE_RATE, durationMs));
      await microphone.whenPlayed(microphone.writtenSamples);
    },
    async earOnPal() {
      const pal = await until("the user sees the pal", () =>
        [...watched.call.participants().values()].find(({ userId }) => userId === PAL_USER_ID),
      );
      return await watched.listen(pal.sessionId, MICROPHONE);
    },
  });
}

/** An emulator, a bot and users, torn down after each test. */
export class TavusStage {
  #emulator: Emulator | undefined;
  #calls: Calls | undefined;
  readonly #bots: TavusBot[] = [];

  get emulator(): Emulator {
    if (!this.#emulator) throw new Error("The stage is not set.");
    return this.#emulator;
  }

  get calls(): Calls {
    return (this.#calls ??= new Calls("native"));
  }

  async open(options: EmulatorOptions = {}): Promise<Emulator> {
    const join = options.pal?.join ?? "early";
    this.#emulator = await startEmulator({ logger: silentLogger, ...options, pal: { ...options.pal, join } });
    return this.#emulator;
  }

  bot(options: BotOptions = {}): TavusBot {
    const bot = new TavusBot(this.emulator, options);
    this.#bots.push(bot);
    return bot;
  }

  user(bot: TavusBot, name?: string): Promise<RoomUser> {
    return joinUser(this.calls, bot.url, name);
  }

  palOf(bot: TavusBot): Pal {
    const pal = this.emulator.pal(bot.id);
    if (!pal) throw new Error("The conversation has no pal.");
    return pal;
  }

  async close(): Promise<void> {
    for (const bot of this.#bots.splice(0)) await bot.task[Symbol.asyncDispose]();
    await this.#calls?.[Symbol.asyncDispose]();
    this.#calls = undefined;
    await this.#emulator?.close();
    this.#emulator = undefined;
  }
}

/** A stage for the tests of a file or block. */
export function tavusStage(): TavusStage {
  const stage = new TavusStage();
  afterEach(() => stage.close());
  return stage;
}

/** Holds one browser for all tests of a block, so that each costs a page and not a browser. */
export function warmBrowser(runtime: RealRuntime): void {
  if (runtime !== "chromium") return;
  let held: Awaited<ReturnType<typeof holdBrowser>>;
  beforeAll(async () => {
    held = await holdBrowser();
  });
  afterAll(() => held.release());
}
