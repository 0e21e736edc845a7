type Delivery = () => void;

type State =
  | { readonly is: "holding"; readonly held: Delivery[]; hasLost: boolean }
  | { readonly is: "open" }
  | { readonly is: "closed" };

/** Room events between the join and the StartFrame; far more than a room of people causes in that time. */
const MAX_HELD = 1000;

/** Holds the events of a room until the pipeline can handle them, then passes them on as they arrive. */
export class EventGate {
  #state: State = { is: "holding", held: [], hasLost: false };
  readonly #onLost: () => void;

  /** `onLost` is called once, at the first event that is dropped because too many are held. */
  constructor(onLost: () => void) {
    this.#onLost = onLost;
  }

  get isOpen(): boolean {
    return this.#state.is === "open";
  }

  /** Delivers an event now, or at the opening; after the closing never. */
  pass(deliver: Delivery): void {
    if (this.#state.is === "open") deliver();
    else if (this.#state.is === "holding") this.#hold(this.#state, deliver);
  }

  /** Delivers what is held, in order. */
  open(): void {
    if (this.#state.is !== "holding") return;
    const { held } = this.#state;
    this.#state = { is: "open" };
    for (const deliver of held) deliver();
  }

  /** Drops what is held and whatever arrives later. */
  close(): void {
    this.#state = { is: "closed" };
  }

  #hold(state: Extract<State, { is: "holding" }>, deliver: Delivery): void {
    if (state.held.length < MAX_HELD) {
      state.held.push(deliver);
    } else if (!state.hasLost) {
      state.hasLost = true;
      this.#onLost();
    }
  }
}
