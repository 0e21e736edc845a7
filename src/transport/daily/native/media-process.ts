import { type Clock, systemClock } from "../../../util/clock.ts";
import { deferred, withDeadline } from "../../../util/deadline.ts";
import { NativeModuleError } from "../../../util/native-module-error.ts";
import { unrefTimer } from "../../../util/unref-timer.ts";
import { DailyCallError } from "../daily-errors.ts";
import type { LifeReport } from "./life-messages.ts";
import { LastWords } from "./last-words.ts";
import { MediaPipe } from "./media-pipe.ts";
import { FRAME_KIND, type Frame, type FrameKind } from "./pipe-frames.ts";
import type { ChildEnd, ProcessEnd } from "./spawn-media-process.ts";

/** From the start of the process until it can hold calls. */
const START_TIMEOUT_MS = 30_000;
/** For the answer to a close. A process that takes longer hangs, and is killed. */
const CLOSE_TIMEOUT_MS = 3000;
/** From the end of the pipe to the end of the process. */
const END_TIMEOUT_MS = 1000;

/** Receives what a media process sends about one call. */
export interface CallListener {
  onControl(json: Buffer): void;
  onMedia(message: Buffer): void;
  /** The process is gone. Called once; nothing follows. */
  onDeath(error: DailyCallError): void;
}

interface OpenCall {
  readonly listener: CallListener;
  readonly closed: PromiseWithResolvers<void>;
}

type State =
  | { readonly is: "starting" | "ready" | "ending" }
  /** Nobody is answered any more; its end is only a matter of time. */
  | { readonly is: "dead"; readonly error: Error };

/** The bot's end of a media process: several calls over one pipe. */
export class MediaProcess {
  readonly pid: number | undefined;
  /** Resolves when the process can hold calls. Rejects with a NativeModuleError or a DailyCallError. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  readonly #child: ChildEnd;
  readonly #clock: Clock;
  readonly #pipe: MediaPipe;
  readonly #calls = new Map<number, OpenCall>();
  readonly #lastWords = new LastWords();
  readonly #ready = deferred<undefined>();
  readonly #ended = deferred<undefined>();
  #nextCallId = 1;
  /** Openings that wait for the process: they keep the bot's process alive, as open calls do. */
  #waiting = 0;
  #state: State = { is: "starting" };

  constructor(child: ChildEnd, clock: Clock = systemClock) {
    this.#child = child;
    this.pid = child.pid;
    this.#clock = clock;
    this.ended = this.#ended.promise;
    const ready = withDeadline(clock, this.#ready.promise, START_TIMEOUT_MS, "Starting the media process");
    this.ready = ready.catch((thrown: unknown) => {
      child.kill();
      throw thrown;
    });
    // Whoever opens a call gets it.
    this.ready.catch(() => undefined);
    child.errors.on("data", (printed: Buffer) => this.#lastWords.add(printed.toString()));
    this.#pipe = new MediaPipe(child.pipe, {
      onFrame: (frame) => this.#receive(frame),
      // Its end follows, and says why. A process that only closed the pipe must not stay.
      onEnd: () => this.#killLater(),
    });
    child.onceEnded((end) => this.#hasEnded(end));
  }

  /** Whether calls can be opened in it. */
  get isUsable(): boolean {
    return this.#state.is === "starting" || this.#state.is === "ready";
  }

  /**
   * Opens a call when the process is ready.
   *
   * @throws NativeModuleError, DailyCallError `runtimeUnavailable`.
   */
  async openCall(listener: CallListener): Promise<number> {
    this.#waiting++;
    this.#updateKeepAlive();
    try {
      await this.ready;
      if (this.#state.is === "dead") throw this.#state.error;
      const callId = this.#nextCallId++;
      this.#calls.set(callId, { listener, closed: Promise.withResolvers() });
      return callId;
    } finally {
      this.#waiting--;
      this.#updateKeepAlive();
    }
  }

  send(callId: number, kind: FrameKind, body: Uint8Array): void {
    this.#pipe.send(callId, kind, body);
  }

  sendJson(callId: number, kind: FrameKind, value: unknown): void {
    this.#pipe.sendJson(callId, kind, value);
  }

  /** Releases what the process holds for a call. Never rejects; a process that does not answer is killed. */
  async closeCall(callId: number): Promise<void> {
    const call = this.#calls.get(callId);
    if (!call) return;
    this.#pipe.sendJson(callId, FRAME_KIND.life, { do: "close" });
    try {
      await withDeadline(this.#clock, call.closed.promise, CLOSE_TIMEOUT_MS, "Closing the call");
    } catch {
      this.#calls.delete(callId);
      this.#die(new DailyCallError("runtimeDied", "The media process of native calls does not answer; it was killed."));
      this.#child.kill();
    }
    this.#calls.delete(callId);
    this.#updateKeepAlive();
  }

  /** Ends the process. Resolves when it is gone. Idempotent. */
  async end(): Promise<void> {
    if (this.isUsable) {
      this.#state = { is: "ending" };
      this.#pipe.end();
      this.#killLater();
    }
    await this.ended;
  }

  #receive({ callId, kind, body }: Frame): void {
    if (callId === 0) {
      this.#receiveLife(JSON.parse(body.toString()) as LifeReport);
      return;
    }
    const call = this.#calls.get(callId);
    if (!call) return;
    if (kind === FRAME_KIND.media) call.listener.onMedia(body);
    else if (kind === FRAME_KIND.control) call.listener.onControl(body);
    // The only report of a call is that it has been closed.
    else if (kind === FRAME_KIND.life) call.closed.resolve();
  }

  #receiveLife(report: LifeReport): void {
    if (report.is === "unavailable") this.#ready.reject(new NativeModuleError(report.reason, undefined));
    if (report.is !== "ready" || this.#state.is !== "starting") return;
    this.#state = { is: "ready" };
    this.#ready.resolve(undefined);
  }

  #hasEnded(end: ProcessEnd): void {
    const wasReady = this.#state.is === "ready";
    const words = this.#lastWords.toString();
    const how = `${describe(end)}.${words === "" ? "" : ` Its last words: ${words}\n`}`;
    this.#die(
      wasReady
        ? new DailyCallError("runtimeDied", `The media process of native calls ended unexpectedly: ${how}`)
        : new DailyCallError("runtimeUnavailable", `The media process of native calls did not start: ${how}`),
    );
    this.#ended.resolve(undefined);
  }

  #die(error: DailyCallError): void {
    if (this.#state.is === "dead") return;
    this.#state = { is: "dead", error };
    this.#ready.reject(error);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { listener, closed } of calls) {
      closed.resolve();
      listener.onDeath(error);
    }
    this.#updateKeepAlive();
  }

  #killLater(): void {
    const timer = this.#clock.setTimeout(() => this.#child.kill(), END_TIMEOUT_MS);
    unrefTimer(timer);
    void this.ended.then(() => this.#clock.clearTimeout(timer));
  }

  #updateKeepAlive(): void {
    this.#child.keepsAlive(this.#calls.size > 0 || this.#waiting > 0);
  }
}

function describe(end: ProcessEnd): string {
  switch (end.is) {
    case "exit":
      return `exit code ${end.code}`;
    case "signal":
      return `signal ${end.signal}`;
    case "failed":
      return end.reason;
  }
}
