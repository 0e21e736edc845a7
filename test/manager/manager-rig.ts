import {
  ConversationManager,
  type ConversationManagerOptions,
  type EndedConversation,
  type TenEvent,
} from "../../src/manager/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { FakeApi } from "./fake-api.ts";

/** A manager on virtual time, and what it emits. */
export class ManagerRig {
  readonly clock = new VirtualClock();
  readonly api = new FakeApi(this.clock);
  readonly manager: ConversationManager;
  readonly events: string[] = [];
  readonly ended: EndedConversation[] = [];
  readonly errors: Error[] = [];
  readonly data: TenEvent[] = [];

  constructor(options: ConversationManagerOptions = {}, env: Record<string, string> = {}) {
    const { clock, api } = this;
    this.manager = new ConversationManager({ logger: silentLogger, ...options }, { api, clock, env });
    this.manager
      .on("palCreated", ({ palId }) => this.events.push(`pal ${palId}`))
      .on("conversationCreated", ({ conversationId }) => this.events.push(`created ${conversationId}`))
      .on("conversationEnded", (ended) => {
        this.ended.push(ended);
        this.events.push(`ended ${ended.conversationId} ${ended.reason}`);
      })
      .on("error", (error) => this.errors.push(error))
      .on("data", (event) => this.data.push(event));
  }
}
