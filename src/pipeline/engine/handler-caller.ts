import type { Frame, FrameDirection } from "../../frames/index.ts";
import { asError } from "../../util/errors.ts";
import { isThenable } from "../../util/thenable.ts";
import type { Epoch } from "./epoch.ts";
import type { FrameExit } from "./frame-exit.ts";
import { frameScheduler } from "./frame-scheduler.ts";
import type { ProcessorEvents } from "./processor-events.ts";
import type { ProcessorServices } from "./processor-services.ts";

/** Calls the processor's handler: reports the call to observers and listeners, and what the handler throws as an error. */
export class HandlerCaller {
  readonly #services: ProcessorServices;
  readonly #processor: ProcessorServices["processor"];
  readonly #events: ProcessorEvents;
  readonly #exit: FrameExit;

  constructor(services: ProcessorServices, exit: FrameExit) {
    this.#services = services;
    this.#processor = services.processor;
    this.#events = services.events;
    this.#exit = exit;
  }

  /** Returns a promise that never rejects, or undefined when the handler is through already. */
  call(frame: Frame, direction: FrameDirection, epoch: Epoch): Promise<void> | undefined {
    const { observers } = this.#services;
    if (observers?.watchesProcess) {
      const timeMs = frameScheduler.eventTimeMs(this.#services.clock());
      observers.process({ processor: this.#services.name, frame, direction, timeMs });
    }
    if (!this.#events.watched) return this.#handle(frame, direction, epoch);
    this.#events.emit("beforeProcess", frame, direction);
    const pending = this.#handle(frame, direction, epoch);
    if (pending === undefined) this.#events.emit("afterProcess", frame, direction);
    return pending?.then(() => {
      this.#events.emit("afterProcess", frame, direction);
    });
  }

  #handle(frame: Frame, direction: FrameDirection, epoch: Epoch): Promise<void> | undefined {
    try {
      const result = this.#processor.process(frame, direction, epoch);
      return isThenable(result)
        ? Promise.resolve(result).catch((thrown: unknown) => {
            this.#failed(frame, direction, asError(thrown), epoch);
          })
        : undefined;
    } catch (thrown) {
      this.#failed(frame, direction, asError(thrown), epoch);
      return undefined;
    }
  }

  #failed(frame: Frame, direction: FrameDirection, error: Error, epoch: Epoch): void {
    if (!epoch.caused(error)) this.#services.handlerFailed(frame, error);
    this.#exit.settleFailed(frame, direction);
  }
}
