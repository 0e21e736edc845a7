/** One thing that goes wrong at a fake vendor. */
export type VendorFault =
  /** Refuses a request or a handshake. */
  | {
      readonly type: "refuse";
      /** The HTTP status. */
      readonly status: number;
      /** The body, as JSON. Default: empty. */
      readonly body?: object;
      /** Further headers, such as `retry-after`. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Breaks the connection without a close. */
  | {
      readonly type: "disconnect";
      /** How many messages or pieces the vendor sends before. */
      readonly afterMessages: number;
    }
  /** Closes a WebSocket with a code. */
  | {
      readonly type: "close";
      /** How many messages the vendor sends before. */
      readonly afterMessages: number;
      /** Number of the close code, such as 1011 (RFC 6455, 7.4). */
      readonly code: number;
      /** The close reason. Default: empty. */
      readonly reason?: string;
    }
  /** Sends nothing more, and keeps the connection open. */
  | {
      readonly type: "stall";
      /** How many messages or pieces the vendor sends before. */
      readonly afterMessages: number;
    }
  /** Reads nothing from the WebSocket. */
  | { readonly type: "stopReading" }
  /** Waits before each message or piece. */
  | {
      readonly type: "delay";
      /** The wait, in milliseconds. */
      readonly delayMs: number;
    }
  /** Sends a text in the place of a message or piece. */
  | {
      readonly type: "garble";
      /** Number of the message, the first being 0. */
      readonly atMessage: number;
      /** The text. */
      readonly text: string;
    };

/** The faults of a fake vendor: each applies to one request or one connection. */
export class VendorFaults {
  readonly #next: VendorFault[] = [];
  #always: readonly VendorFault[] = [];

  /** Adds a fault for a request or connection to come; the first waiting fault goes to the next one. */
  next(fault: VendorFault): this {
    this.#next.push(fault);
    return this;
  }

  /** Sets the faults of all requests and connections from now on that have no fault of their own. */
  always(...faults: readonly VendorFault[]): this {
    this.#always = faults;
    return this;
  }

  /** Removes all faults. */
  clear(): void {
    this.#next.length = 0;
    this.#always = [];
  }

  /** Takes the faults of the request or connection that has just arrived. */
  take(): readonly VendorFault[] {
    const fault = this.#next.shift();
    return fault === undefined ? this.#always : [fault];
  }
}
