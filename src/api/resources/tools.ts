import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  id,
  optionalObject,
  optionalText,
  toPathSegment,
  present,
  resourceSchema,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";

const toolSchema = resourceSchema({
  toolId: present,
  name: optionalText,
  description: optionalText,
  parameters: optionalObject,
  delivery: optionalObject,
  origin: optionalText,
  triggerType: optionalText,
  onCall: optionalText,
  onResolve: optionalText,
  createdAt: optionalText,
  updatedAt: optionalText,
});

/** Something the pal's model can do. */
export type TavusTool = Resource<z.output<typeof toolSchema>>;

const fields = {
  /** A JSON Schema. */
  parameters: z.record(z.string(), z.unknown()).optional(),
  /** Either as an app message into the room, or as a request to `api.url`. */
  delivery: z
    .looseObject({ appMessage: z.boolean().optional(), api: z.looseObject({ url: z.url() }).optional() })
    .refine(({ appMessage, api }) => (appMessage === true) !== (api !== undefined), "give either appMessage or api")
    .optional(),
  origin: z.enum(["llm", "vision", "audio"]).optional(),
  triggerType: z.enum(["in_call", "post_call"]).optional(),
  onCall: z.enum(["generate_filler", "static_filler", "silent", "passthrough"]).optional(),
  onResolve: z.enum(["generate_response", "response_in_result", "add_to_context", "fire_and_forget"]).optional(),
  extra,
};

const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, "must be 1 to 64 letters, digits and underscores");
/** Tells the model when to use it. */
const description = z.string().min(1);
const createSchema = z.strictObject({ name, description, ...fields });
const updateSchema = z.strictObject({ name: name.optional(), description: description.optional(), ...fields });
const idsSchema = z.array(id).min(1).max(50);

export type CreateToolOptions = z.input<typeof createSchema>;
export type UpdateToolOptions = z.input<typeof updateSchema>;

/** The tools of the account, and which pal has which (at most 50 each). */
export class Tools extends Collection<z.output<typeof toolSchema>, CreateToolOptions> {
  constructor(client: ResourceClient) {
    super(client, { name: "tools", path: "/tools", idField: "toolId", schema: toolSchema, createSchema });
  }

  async update(toolId: string, changes: UpdateToolOptions, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("tools.update", updateSchema, changes);
    return await this.client.patch(this.toPath(toolId), this.client.toBody(changes), call);
  }

  /** Gives a pal one or more tools, and returns them; one that it has already is no error. */
  async attach(palId: string, toolIds: string | readonly string[], call: CallOptions = {}): Promise<TavusTool[]> {
    const ids = typeof toolIds === "string" ? [toolIds] : toolIds;
    checkOptions("tools.attach", idsSchema, ids);
    const path = toPalToolsPath(palId);
    const { text } = await this.client.post(path, call, { tool_ids: ids });
    return text.trim() === "" ? [] : this.client.readAll(toolSchema, text, "POST", path);
  }

  async detach(palId: string, toolId: string, call: CallOptions = {}): Promise<void> {
    await this.client.delete(`${toPalToolsPath(palId)}/${toPathSegment("toolId", toolId)}`, call);
  }

  /** The tools a pal has. */
  listOfPal(palId: string, call: CallOptions = {}): Listing<TavusTool> {
    return this.client.list(toolSchema, toPalToolsPath(palId), { ...call, getId: ({ toolId }) => toolId });
  }
}

// Documented under the new name alone.
function toPalToolsPath(palId: string): string {
  return `/pals/${toPathSegment("palId", palId)}/tools`;
}
