import { TavusApiError, type CreatePalOptions } from "../../src/api/index.ts";
import type { CreateConversationOptions } from "../../src/api/types.ts";
import type { ManagerApi } from "../../src/manager/index.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { sleep } from "../../src/util/deadline.ts";

/** A Tavus cloud of a few lines that counts what is open, and was ever open at once. */
export class FakeApi implements ManagerApi {
  readonly created: CreateConversationOptions[] = [];
  readonly pals: CreatePalOptions[] = [];
  readonly deletedPals: string[] = [];
  readonly open = new Set<string>();
  /** How often each conversation was ended with success. */
  readonly ends = new Map<string, number>();
  mostOpen = 0;
  delayMs = 0;
  createFailures = 0;
  palFailures = 0;
  /** So many attempts to end a conversation fail, for each one whose first attempt is still to come. */
  endFailures = 0;
  readonly #failures = new Map<string, number>();
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async createConversation(options: CreateConversationOptions) {
    await sleep(this.#clock, this.delayMs);
    if (this.createFailures-- > 0) throw new TavusApiError("outOfCredits", "402.");
    this.created.push(options);
    const conversationId = `c${this.created.length}`;
    this.open.add(conversationId);
    this.mostOpen = Math.max(this.mostOpen, this.open.size);
    return { conversationId, conversationUrl: `https://tavus.daily.co/${conversationId}`, meetingToken: "secret" };
  }

  async endConversation(conversationId: string): Promise<void> {
    await sleep(this.#clock, this.delayMs / 10);
    const failures = this.#failures.get(conversationId) ?? this.endFailures;
    this.#failures.set(conversationId, failures - 1);
    if (failures > 0) throw new Error("500");
    this.open.delete(conversationId);
    this.ends.set(conversationId, (this.ends.get(conversationId) ?? 0) + 1);
  }

  async createPal(options: CreatePalOptions) {
    await sleep(this.#clock, this.delayMs);
    if (this.palFailures-- > 0) throw new Error("400");
    this.pals.push(options);
    return { palId: `p${this.pals.length}`, palName: options.palName ?? "" };
  }

  deletePal(palId: string): Promise<void> {
    this.deletedPals.push(palId);
    return Promise.resolve();
  }
}
