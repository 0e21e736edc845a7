import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { optionalText, present, resourceSchema } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import type { TavusVoice } from "./types/voices.ts";

const voiceSchema = resourceSchema<TavusVoice>({
  voiceName: present,
  voiceId: optionalText,
  faceId: optionalText,
  audioUrl: optionalText,
  tags: z
    .array(z.union([present, z.object({ tag_name: present }).transform((tag) => tag.tag_name)]))
    .optional()
    .catch(undefined),
});

/** Filters of `voices.list`. */
export interface ListVoicesOptions extends CallOptions {
  /** Only voices whose name contains this. Default: all. */
  readonly search?: string | undefined;
  /** Only voices with this tag. Default: all. */
  readonly tag?: string | undefined;
  /** The direction of the order. Default: Tavus' own. */
  readonly sort?: "asc" | "desc" | undefined;
}

/** Tavus' stock voices. */
export class Voices {
  readonly #client: ResourceClient;

  /** @internal */
  constructor(client: ResourceClient) {
    this.#client = client;
  }

  /** Lists the voices. */
  list({ signal, timeoutMs, ...filters }: ListVoicesOptions = {}): Listing<TavusVoice> {
    // Tavus documents no id for voices.
    const toId = ({ voiceName, faceId = "", voiceId = "" }: TavusVoice): string =>
      [voiceName, faceId, voiceId].join("\n");
    return this.#client.list(voiceSchema, "/voices", { filters, signal, timeoutMs, getId: toId });
  }
}
