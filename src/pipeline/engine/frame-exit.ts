import type { Frame, FrameDirection } from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { FrameReceiver } from "../processor-types.ts";
import { frameScheduler } from "./frame-scheduler.ts";
import { LifecycleExits } from "./lifecycle-exits.ts";
import type { ProcessorEvents } from "./processor-events.ts";
import type { ProcessorServices } from "./processor-services.ts";

/** Where frames leave a processor: passes each to the neighbour and reports it to observers, listeners and the task. */
export class FrameExit {
  readonly #services: ProcessorServices;
  readonly #events: ProcessorEvents;
  readonly #lifecycle = new LifecycleExits();
  #next: FrameReceiver | undefined;
  #previous: FrameReceiver | undefined;
  #closed = false;

  constructor(services: ProcessorServices) {
    this.#services = services;
    this.#events = services.events;
  }

  get next(): FrameReceiver | undefined {
    return this.#next;
  }

  /** Sets the neighbours. Throws an InvalidOptionError when the processor has neighbours already. */
  link(previous: FrameReceiver, next: FrameReceiver): void {
    if (this.#next !== undefined) {
      const { name } = this.#services;
      throw new InvalidOptionError("processors", `${name} is in a pipeline already; make a new one for each.`);
    }
    this.#previous = previous;
    this.#next = next;
  }

  /** Passes the frame to the neighbour, unless the exit is closed or a lifecycle frame has left already. */
  send(frame: Frame, direction: FrameDirection): void {
    if (this.#closed) {
      this.#services.drops.pushedAfterClose(frame);
      return;
    }
    // Lifecycle frames are system or uninterruptible frames; the others must not pay for the look-up.
    if ((frame.category === "system" || frame.uninterruptible) && !this.#lifecycle.claimExit(frame)) return;
    const neighbour = direction === "downstream" ? this.#next : this.#previous;
    if (neighbour === undefined) return;
    const { observers, onFramePushed } = this.#services;
    onFramePushed?.(frame, direction);
    if (observers?.watchesPush) {
      const timeMs = frameScheduler.eventTimeMs(this.#services.clock());
      observers.push({ source: this.#services.name, destination: neighbour.name, frame, direction, timeMs });
    }
    if (!this.#events.watched) {
      neighbour.queueFrame(frame, direction);
      return;
    }
    this.#events.emit("beforePush", frame, direction);
    neighbour.queueFrame(frame, direction);
    this.#events.emit("afterPush", frame, direction);
  }

  /** The handler gets this lifecycle frame next: it must leave exactly once, whatever the handler does. */
  owe(frame: Frame): void {
    this.#lifecycle.owe(frame);
  }

  /** The handler of a lifecycle frame has failed: the frame leaves if it has not. Its failure is reported; no warning. */
  settleFailed(frame: Frame, direction: FrameDirection): void {
    if (this.#lifecycle.owes(frame)) this.#services.processor.push(frame, direction);
  }

  /**
   * The handler of a lifecycle frame is through: the frame leaves if it has not, with a warning. A swallowed End or Cancel
   * would leave the bot running for hours.
   */
  settle(frame: Frame, direction: FrameDirection): void {
    if (this.#lifecycle.owes(frame)) {
      this.#services.logger().warn(`${this.#services.name} did not push the ${frame.kind} on; that was done for it.`);
      this.#services.processor.push(frame, direction);
    }
  }

  /** The processor is cancelled: only the CancelFrame must still leave. */
  cancel(): void {
    this.#lifecycle.forgive();
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#closed = true;
    this.#lifecycle.close();
  }
}
