import type { Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import type { VendorFault } from "./vendor-faults.ts";

/** What a gate does to the connection that it guards. */
export interface GuardedConnection {
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  destroy(): void;
}

/** Passes what a fake vendor sends, in order, with the faults of one request or connection. */
export class FaultGate {
  readonly #faults: readonly VendorFault[];
  readonly #connection: GuardedConnection;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #sent = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(faults: readonly VendorFault[], connection: GuardedConnection, clock: Clock) {
    this.#faults = faults;
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Lets faults begin that wait for nothing to be sent. Call it when the connection is open. */
  open(): void {
    this.#breakIfDue();
  }

  /** Sends data after everything before it. Resolves when it has been sent or dropped. */
  send(data: string | Uint8Array): Promise<void> {
    return this.#enqueue(() => {
      const garble = this.#faults.find((fault) => fault.type === "garble" && fault.atMessage === this.#sent);
      this.#connection.send(garble?.type === "garble" ? garble.text : data);
      this.#sent++;
      this.#breakIfDue();
    });
  }

  /** Runs an action after everything that was sent before it, such as a close. */
  finish(action: () => void): Promise<void> {
    return this.#enqueue(action);
  }

  /** Drops everything that has not been sent: the connection is gone. */
  end(): void {
    this.#over.abort(new Error("the connection is over"));
  }

  #enqueue(action: () => void): Promise<void> {
    this.#last = this.#last.then(async () => {
      const delay = this.#faults.find((fault) => fault.type === "delay");
      if (delay?.type === "delay") await sleep(this.#clock, delay.delayMs, this.#over.signal).catch(() => undefined);
      if (!this.#over.signal.aborted && !this.#isStalled()) action();
    });
    return this.#last;
  }

  #isStalled(): boolean {
    return this.#faults.some((fault) => fault.type === "stall" && this.#sent >= fault.afterMessages);
  }

  #breakIfDue(): void {
    for (const fault of this.#faults) {
      if ((fault.type !== "disconnect" && fault.type !== "close") || this.#sent < fault.afterMessages) continue;
      this.end();
      if (fault.type === "disconnect") this.#connection.destroy();
      else this.#connection.close(fault.code, fault.reason ?? "");
    }
  }
}
