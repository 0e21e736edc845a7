import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import { optionalText, present, resourceSchema } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";

const voiceSchema = resourceSchema({
  /** The name that `createFace` takes. */
  voiceName: present,
  /** The id, if Tavus sends one. */
  voiceId: optionalText,
  /** The face that belongs to the voice. */
  faceId: optionalText,
  /** A sample of the voice. */
  audioUrl: optionalText,
  /** The tags. Documented as objects with one `tag_name` each; plain texts are read too. */
  tags: z
    .array(z.union([present, z.object({ tag_name: present }).transform((tag) => tag.tag_name)]))
    .optional()
    .catch(undefined),
});

/** A stock voice, for faces that are trained from an image. */
export type TavusVoice = Resource<z.output<typeof voiceSchema>>;

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
