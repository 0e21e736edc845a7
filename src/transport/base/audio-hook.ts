import type { AudioStage } from "../../audio/index.ts";
import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError, TavusTransportError } from "../../util/errors.ts";

const START_MS = 5000;

/** A mixer or filter failed. Where the message says that it is left out, audio bypasses it from then on. */
export class AudioStageError extends TavusTransportError {
  /** Always "audioStageFailed". */
  readonly code = "audioStageFailed";
  /** The param it came from: "audioOutMixer" or "audioInFilter". */
  readonly stage: string;

  /** `what`: what failed, and what follows from it. `cause`: what the stage threw. */
  constructor(stage: string, what: string, cause: unknown) {
    super(`${stage}: ${what} (${asError(cause).message}).`, { cause });
    this.stage = stage;
  }
}

/** What an {@link AudioHook} needs. */
export interface AudioHookOptions {
  /** The param that the stage came from, for errors. */
  readonly name: string;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
}

/**
 * Someone else's code in the audio path. The first thing it throws is reported, and audio bypasses it from then on: one
 * error per chunk helps nobody, and a voice without the stage is better than no voice.
 */
export class AudioHook<S extends AudioStage> {
  readonly #stage: S;
  readonly #options: AudioHookOptions;
  #state: "new" | "starting" | "on" | "failed" | "stopped" = "new";

  constructor(stage: S, options: AudioHookOptions) {
    this.#stage = stage;
    this.#options = options;
  }

  /** Starts the stage for a rate in Hz. Never rejects: a stage that cannot start is left out. Later calls do nothing. */
  async start(sampleRate: number): Promise<void> {
    if (this.#state !== "new") return;
    this.#state = "starting";
    const { clock } = this.#options;
    try {
      const started = (async () => this.#stage.start(sampleRate))();
      // A stage that starts after it was given up on, or stopped meanwhile, has to be released as well.
      started.then(
        () => (this.#isStarting() ? undefined : this.#stopStage()),
        () => undefined,
      );
      await withDeadline(clock, started, START_MS, "its start");
      if (this.#isStarting()) this.#state = "on";
    } catch (thrown) {
      if (this.#isStarting()) this.#fail("it could not start and is left out", thrown);
    }
  }

  /** Runs `work` on the stage. Undefined when that failed, or when the stage is not in use. */
  use<R>(work: (stage: S) => R): R | undefined {
    if (this.#state !== "on") return undefined;
    try {
      return work(this.#stage);
    } catch (thrown) {
      this.#fail("it failed and is left out from now on", thrown);
      return undefined;
    }
  }

  /** Whether the stage is in use. A method, since `use` may change that. */
  isOn(): boolean {
    return this.#state === "on";
  }

  /** Passes settings to the stage. Those that it rejects are reported, and change nothing. */
  update(settings: Readonly<Record<string, unknown>>): void {
    this.#control(() => this.#stage.update(settings), "it did not take the new settings");
  }

  /** Switches the stage on or off. */
  enable(on: boolean): void {
    this.#control(() => this.#stage.enable(on), `it could not be switched ${on ? "on" : "off"}`);
  }

  /** Stops the stage. Never rejects. Idempotent. */
  async stop(): Promise<void> {
    const started = this.#state === "on" || this.#state === "failed";
    this.#state = "stopped";
    if (started) await this.#stopStage();
  }

  #control(work: () => void, what: string): void {
    if (this.#state === "failed" || this.#state === "stopped") return;
    try {
      work();
    } catch (thrown) {
      this.#report(what, thrown);
    }
  }

  #fail(what: string, thrown: unknown): void {
    this.#state = "failed";
    this.#report(what, thrown);
  }

  async #stopStage(): Promise<void> {
    try {
      await this.#stage.stop();
    } catch (thrown) {
      this.#report("it could not be stopped", thrown);
    }
  }

  #report(what: string, thrown: unknown): void {
    this.#options.onError(new AudioStageError(this.#options.name, what, thrown));
  }

  /** A method, so that the compiler does not assume an unchanged state across an await. */
  #isStarting(): boolean {
    return this.#state === "starting";
  }
}
