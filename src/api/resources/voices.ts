import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { optionalText, present, resourceSchema } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";

const voiceSchema = resourceSchema({
  voiceName: present,
  voiceId: optionalText,
  faceId: optionalText,
  /** A sample. */
  audioUrl: optionalText,
  /** As documented objects of one `tag_name` each; texts are read as well. */
  tags: z
    .array(z.union([present, z.object({ tag_name: present }).transform((tag) => tag.tag_name)]))
    .optional()
    .catch(undefined),
});

/** A stock voice, for training a face from an image. */
export type TavusVoice = Resource<z.output<typeof voiceSchema>>;

export interface ListVoicesOptions extends CallOptions {
  /** Part of the name. */
  readonly search?: string | undefined;
  readonly tag?: string | undefined;
  readonly sort?: "asc" | "desc" | undefined;
}

/** Tavus' stock voices. */
export class Voices {
  readonly #client: ResourceClient;

  constructor(client: ResourceClient) {
    this.#client = client;
  }

  list({ signal, timeoutMs, ...filters }: ListVoicesOptions = {}): Listing<TavusVoice> {
    // No id of its own is documented for a voice.
    const toId = ({ voiceName, faceId = "", voiceId = "" }: TavusVoice): string =>
      [voiceName, faceId, voiceId].join("\n");
    return this.#client.list(voiceSchema, "/voices", { filters, signal, timeoutMs, getId: toId });
  }
}
