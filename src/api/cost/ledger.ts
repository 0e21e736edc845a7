import type { Account } from "./account.ts";

/** Ids and names of conversations that are over, so that a sweep that meets one again does not count it twice. */
const MAX_REMEMBERED = 1000;

/** What all conversations have cost together, each one counted once. */
export class Ledger<A extends { readonly account: Account }> {
  readonly #running = new Set<A>();
  readonly #known = new Set<string>();
  #overMs = 0;
  #over = 0;

  /** The conversations that are not over, oldest first. */
  get running(): ReadonlySet<A> {
    return this.#running;
  }

  /** How many conversations are over. */
  get over(): number {
    return this.#over;
  }

  totalMs(nowMs: number): number {
    let totalMs = this.#overMs;
    for (const { account } of this.#running) totalMs += account.spentMs(nowMs);
    return totalMs;
  }

  open(entry: A): void {
    this.#running.add(entry);
  }

  /** Moves a conversation to those that are over. False when it is among them already. */
  close(entry: A, nowMs: number): boolean {
    if (!this.#running.delete(entry)) return false;
    const { account } = entry;
    const spentMs = account.spentMs(nowMs);
    account.close(spentMs);
    this.#add(spentMs);
    // One that was never known by its id can still be found by its name.
    this.remember(account.conversationId ?? account.conversationName);
    return true;
  }

  /** Removes a conversation that never was. */
  drop(entry: A): void {
    this.#running.delete(entry);
    entry.account.close(0);
  }

  /** Adds a conversation that other accounts did not follow. False when it was counted before. */
  addSwept(conversationId: string, conversationName: string | undefined, spentMs: number): boolean {
    const counted =
      this.#known.has(conversationId) || (conversationName !== undefined && this.#known.has(conversationName));
    this.remember(conversationId);
    if (!counted) this.#add(spentMs);
    return !counted;
  }

  /** A conversation of this id or name is not counted again. */
  remember(idOrName: string): void {
    this.#known.add(idOrName);
    const [oldest] = this.#known;
    if (this.#known.size > MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }

  #add(spentMs: number): void {
    this.#overMs += spentMs;
    this.#over++;
  }
}
