import { createDailyCall, type DailyCall, type LeftReason, type Participant } from "../../src/transport/daily/index.ts";
import type { JoinedMeeting, DailyJoinOptions } from "../../src/transport/daily/daily-call.ts";
import type { CallTimeouts } from "../../src/transport/daily/hosted-daily-call.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Ear } from "./tone.ts";
import { until } from "./until.ts";

export type RealRuntime = "native" | "chromium";
export const REAL_RUNTIMES: readonly RealRuntime[] = ["native", "chromium"];

/** A call, and everything it has emitted so far. */
export class WatchedCall {
  readonly call: DailyCall;
  readonly joined: Participant[] = [];
  readonly left: Participant[] = [];
  readonly messages: { readonly data: unknown; readonly from: string }[] = [];
  readonly ends: { readonly reason: LeftReason; readonly message: string }[] = [];
  readonly errors: Error[] = [];
  readonly warnings: string[] = [];

  constructor(call: DailyCall) {
    this.call = call;
    call
      .on("participantJoined", (participant) => this.joined.push(participant))
      .on("participantLeft", (participant) => this.left.push(participant))
      .on("appMessage", (data, from) => this.messages.push({ data, from }))
      .on("left", (reason, message) => this.ends.push({ reason, message }))
      .on("error", (error) => this.errors.push(error))
      .on("warning", (warning) => this.warnings.push(warning));
  }

  get id(): string {
    return this.call.sessionId ?? "(not joined)";
  }

  participant(sessionId: string): Participant | undefined {
    return this.call.participants().get(sessionId);
  }

  /** Resolves when a participant with that name is in the room. */
  sees(userName: string): Promise<Participant> {
    const find = (): Participant | undefined =>
      [...this.call.participants().values()].find((participant) => participant.userName === userName);
    return until(`${userName} is seen`, find);
  }

  /** Resolves when a participant satisfies the condition. */
  seesThat(sessionId: string, what: string, condition: (participant: Participant) => boolean): Promise<Participant> {
    return until(what, () => {
      const participant = this.participant(sessionId);
      return participant && condition(participant) ? participant : undefined;
    });
  }

  /** Captures a track, at 48 kHz unless another rate is given. */
  async listen(sessionId: string, trackName: string, sampleRate = 48_000): Promise<Ear & { stop(): void }> {
    const ear = new Ear(sampleRate);
    const capture = await this.call.captureAudio(sessionId, trackName, { sampleRate }, ({ pcm }) => ear.hear(pcm));
    return Object.assign(ear, { stop: () => capture.close() });
  }
}

/** Makes calls and closes them all when the test is over. */
export class Calls implements AsyncDisposable {
  readonly #runtime: RealRuntime;
  readonly #calls: DailyCall[] = [];

  constructor(runtime: RealRuntime) {
    this.#runtime = runtime;
  }

  async create(url: string, runtime = this.#runtime, timeouts: CallTimeouts = {}): Promise<WatchedCall> {
    const call = await createDailyCall({ url, runtime, logger: silentLogger, ...timeouts });
    this.#calls.push(call);
    return new WatchedCall(call);
  }

  async join(
    url: string,
    userName: string,
    options: Partial<DailyJoinOptions> & { readonly runtime?: RealRuntime } = {},
  ): Promise<WatchedCall & { readonly meeting: JoinedMeeting }> {
    const { runtime, ...rest } = options;
    const watched = await this.create(url, runtime);
    const meeting = await watched.call.join({ url, userName, ...rest });
    return Object.assign(watched, { meeting });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#calls.map((call) => call.close()));
  }
}
