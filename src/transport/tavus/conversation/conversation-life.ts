import { TransportClosedError } from "../../room/transport-closed-error.ts";
import type { CallPlace, OpenedPlace } from "../place/call-place.ts";

type State =
  | { readonly is: "none" }
  | { readonly is: "creating"; readonly created: Promise<OpenedPlace> }
  | { readonly is: "leased"; readonly opened: OpenedPlace }
  /** Of a creation that was under way at the end the lease is known later. */
  | { readonly is: "ended"; readonly lease: CallPlace | undefined; readonly ended: Promise<void> };

/**
 * The life of a transport's one conversation: created or found once, for any number of callers, and ended once. A failed
 * creation may be tried again. One that finishes after the end is ended as soon as it has.
 */
export class ConversationLife {
  #state: State = { is: "none" };

  /** The conversation, from its creation on and also after its end. */
  get lease(): CallPlace | undefined {
    if (this.#state.is === "leased") return this.#state.opened.place;
    return this.#state.is === "ended" ? this.#state.lease : undefined;
  }

  /** Settles when a creation in progress does; undefined where there is none. */
  get creating(): Promise<OpenedPlace> | undefined {
    return this.#state.is === "creating" ? this.#state.created : undefined;
  }

  /** Whether a conversation exists or is being created. */
  get isOpen(): boolean {
    return this.#state.is === "creating" || this.#state.is === "leased";
  }

  /**
   * Opens the conversation with `create`, or waits for the creation in progress.
   *
   * @throws TransportClosedError after the end.
   */
  open(create: () => Promise<OpenedPlace>): Promise<OpenedPlace> {
    switch (this.#state.is) {
      case "none":
        this.#state = { is: "creating", created: this.#create(create) };
        return this.#state.created;
      case "creating":
        return this.#state.created;
      case "leased":
        return Promise.resolve(this.#state.opened);
      case "ended":
        return Promise.reject(new TransportClosedError());
    }
  }

  /** Ends the conversation within `timeoutMs`, counted from when it exists. Never rejects. Idempotent. */
  end(timeoutMs: number): Promise<void> {
    if (this.#state.is === "ended") return this.#state.ended;
    const { lease, creating } = this;
    const ended = creating ? this.#endLate(creating, timeoutMs) : (lease?.end(timeoutMs) ?? Promise.resolve());
    this.#state = { is: "ended", lease, ended };
    return ended;
  }

  async #create(create: () => Promise<OpenedPlace>): Promise<OpenedPlace> {
    let opened: OpenedPlace;
    try {
      opened = await create();
    } catch (thrown) {
      if (this.#state.is === "creating") this.#state = { is: "none" };
      throw thrown;
    }
    if (this.#state.is === "ended") {
      this.#state = { ...this.#state, lease: opened.place };
      throw new TransportClosedError();
    }
    this.#state = { is: "leased", opened };
    return opened;
  }

  async #endLate(creating: Promise<OpenedPlace>, timeoutMs: number): Promise<void> {
    // After the end it always rejects, and its lease, if there is one, is kept.
    await creating.catch(() => undefined);
    await this.lease?.end(timeoutMs);
  }
}
