import type { CallOptions } from "../http/call-options.ts";
import { toPathSegment } from "../http/fields.ts";
import type { ResourceClient } from "../http/resource-client.ts";

/** What pals remember between conversations, in the stores that the option `memoryStores` of a conversation names. */
export class Memories {
  readonly #client: ResourceClient;

  /** @internal */
  constructor(client: ResourceClient) {
    this.#client = client;
  }

  /** Deletes one memory of a store. */
  async delete(memoryStore: string, memoryId: string, call: CallOptions = {}): Promise<void> {
    const path = `/memories/${toPathSegment("memoryStore", memoryStore)}/${toPathSegment("memoryId", memoryId)}`;
    await this.#client.delete(path, call);
  }
}
