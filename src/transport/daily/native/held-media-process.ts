import { type Clock, systemClock, type TimerHandle } from "../../../util/clock.ts";
import { unrefTimer } from "../../../util/unref-timer.ts";
import { MediaProcess } from "./media-process.ts";
import { spawnMediaProcess } from "./spawn-media-process.ts";

/** Whether calls share a media process, or each has one of its own. */
export type MediaProcessMode = "shared" | "perCall";

/** How long a shared process stays when nobody holds it: the next call of a bot that holds one after the other finds it. */
const WARM_MS = 5000;

/** A media process that stays for as long as it is held. */
export interface HeldMediaProcess {
  readonly process: MediaProcess;
  /** Idempotent. Resolves when a process that nobody else may use is gone. */
  release(): Promise<void>;
}

/** The processes of this one: the one that calls share, and those that wait for a call of their own. */
export class MediaProcesses {
  readonly #start: () => MediaProcess;
  readonly #clock: Clock;
  #shared: { readonly process: MediaProcess; holders: number } | undefined;
  readonly #spare: MediaProcess[] = [];
  #cooling: TimerHandle;

  constructor(start: () => MediaProcess, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  /**
   * Holds a process for a call, starting it if there is none.
   *
   * @throws NativeModuleError, DailyCallError `runtimeUnavailable`.
   */
  hold(mode: MediaProcessMode): HeldMediaProcess {
    if (mode === "shared") return this.#holdShared();
    const spare = this.#spare.splice(0).find(({ isUsable }) => isUsable);
    const process = spare ?? this.#start();
    return { process, release: () => process.end() };
  }

  /** Holds a process ahead of the first call. A call of its own takes it over; a shared one is held as by a call. */
  warm(mode: MediaProcessMode): HeldMediaProcess {
    if (mode === "shared") return this.#holdShared();
    const process = this.#start();
    this.#spare.push(process);
    const release = async (): Promise<void> => {
      const at = this.#spare.indexOf(process);
      if (at < 0) return;
      this.#spare.splice(at, 1);
      await process.end();
    };
    return { process, release };
  }

  #holdShared(): HeldMediaProcess {
    this.#clock.clearTimeout(this.#cooling);
    if (!this.#shared?.process.isUsable) this.#shared = { process: this.#start(), holders: 0 };
    const mine = this.#shared;
    mine.holders++;
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      mine.holders--;
      if (mine.holders > 0 || this.#shared !== mine) return;
      this.#clock.clearTimeout(this.#cooling);
      this.#cooling = this.#clock.setTimeout(() => {
        if (this.#shared === mine) this.#shared = undefined;
        void mine.process.end();
      }, WARM_MS);
      unrefTimer(this.#cooling);
    };
    return { process: mine.process, release };
  }
}

export const mediaProcesses = new MediaProcesses(() => new MediaProcess(spawnMediaProcess()), systemClock);
