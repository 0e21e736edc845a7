/** A message between daily-js ("module") and its call machine; facts in shared reference daily-js-protocol, section 2. */
export interface ModuleMessage {
  readonly action: string;
  readonly callbackStamp?: number | string;
  readonly [field: string]: unknown;
}

interface WireMessage extends ModuleMessage {
  readonly what?: string;
  readonly from?: string;
  readonly callClientId?: string;
  readonly callFrameId?: string;
}

/** The channel to one daily-js call object: window messages that carry its id. */
export class ModuleChannel {
  readonly #callClientId: string;
  readonly #listener: (event: MessageEvent) => void;

  /**
   * `isAlive`: whether the call object still exists. daily-js does not announce its destruction, and there may be thousands in
   * the life of a process; a channel that outlives its call object is removed when the next message arrives.
   */
  constructor(callClientId: string, isAlive: () => boolean, onRequest: (message: ModuleMessage) => void) {
    this.#callClientId = callClientId;
    this.#listener = (event) => {
      if (!isAlive()) {
        window.removeEventListener("message", this.#listener);
        return;
      }
      const message = event.data as WireMessage | null;
      if (message?.what !== "iframe-call-message" || message.from !== "module") return;
      if (message.callFrameId !== undefined || message.callClientId !== callClientId) return;
      onRequest(message);
    };
    window.addEventListener("message", this.#listener);
  }

  /** An event for daily-js. It is structured-cloned, so tracks travel through the store instead. */
  emit(action: string, payload: object = {}): void {
    const message = {
      what: "iframe-call-message",
      from: "embedded",
      callClientId: this.#callClientId,
      action,
      ...payload,
    };
    window.postMessage(message, targetOrigin());
  }

  /** daily-js has no time-outs: every request with a stamp must be answered, or its promise never settles. */
  reply(request: ModuleMessage, payload: object): void {
    if (request.callbackStamp === undefined) return;
    this.emit(request.action, { ...payload, callbackStamp: request.callbackStamp });
  }
}

function targetOrigin(): string {
  return window.location.protocol === "file:" ? "*" : window.location.origin;
}
