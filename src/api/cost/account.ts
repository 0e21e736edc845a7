/**
 * The time of one conversation. An account that is open runs until it is closed, but never past the time limit, at which
 * the server ends the conversation whatever happens here.
 */
export class Account {
  readonly conversationName: string;
  /** When the conversation was asked for. */
  readonly startedMs: number;
  #limitMs: number;
  #conversationId: string | undefined;
  #state: { readonly is: "opening" | "open" | "unclear" } | { readonly is: "over"; readonly spentMs: number } = {
    is: "opening",
  };

  constructor(conversationName: string, startedMs: number, limitMs: number) {
    this.conversationName = conversationName;
    this.startedMs = startedMs;
    this.#limitMs = limitMs;
  }

  get conversationId(): string | undefined {
    return this.#conversationId;
  }

  get state(): "opening" | "open" | "unclear" | "over" {
    return this.#state.is;
  }

  /** When the server ends the conversation at the latest. */
  get overMs(): number {
    return this.startedMs + this.#limitMs;
  }

  /** Whether time is running at `nowMs`. */
  runs(nowMs: number): boolean {
    return this.#state.is !== "over" && nowMs < this.overMs;
  }

  spentMs(nowMs: number): number {
    if (this.#state.is === "over") return this.#state.spentMs;
    return Math.min(Math.max(0, nowMs - this.startedMs), this.#limitMs);
  }

  created(conversationId: string): void {
    if (this.#state.is !== "opening") return;
    this.#conversationId = conversationId;
    this.#state = { is: "open" };
  }

  /** The creation failed, and the conversation may be open all the same, for at most `limitMs`. */
  unclear(limitMs: number): void {
    if (this.#state.is !== "opening") return;
    this.#limitMs = limitMs;
    this.#state = { is: "unclear" };
  }

  /** Closes the account with what has been spent, or with nothing for a conversation that never was. */
  close(spentMs: number): void {
    if (this.#state.is !== "over") this.#state = { is: "over", spentMs };
  }
}
