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
  /** The id that other calls take. */
  toolId: present,
  /** The name that the model calls it by. */
  name: optionalText,
  /** When and how the model should use it. */
  description: optionalText,
  /** The JSON Schema of its arguments. */
  parameters: optionalObject,
  /** How its calls reach you, with the names on the wire. */
  delivery: optionalObject,
  /** What calls it: "llm", "vision" or "audio". */
  origin: optionalText,
  /** "in_call" or "post_call". */
  triggerType: optionalText,
  /** What the pal says when the tool is called; see `CreateToolOptions`. */
  onCall: optionalText,
  /** What happens with the result; see `CreateToolOptions`. */
  onResolve: optionalText,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A tool that the model of a pal can call. */
export type TavusTool = Resource<z.output<typeof toolSchema>>;

const fields = {
  /** The JSON Schema of the arguments. */
  parameters: z.record(z.string(), z.unknown()).optional(),
  /** How calls reach you: either as an app message in the room, or as a request to `api.url`. */
  delivery: z
    .looseObject({ appMessage: z.boolean().optional(), api: z.looseObject({ url: z.url() }).optional() })
    .refine(({ appMessage, api }) => (appMessage === true) !== (api !== undefined), "give either appMessage or api")
    .optional(),
  /** What calls the tool: the language model, or perception. */
  origin: z.enum(["llm", "vision", "audio"]).optional(),
  /** Whether the tool is called during or after the call. */
  triggerType: z.enum(["in_call", "post_call"]).optional(),
  /** What the pal says when the tool is called. */
  onCall: z.enum(["generate_filler", "static_filler", "silent", "passthrough"]).optional(),
  /** What happens with the result. */
  onResolve: z.enum(["generate_response", "response_in_result", "add_to_context", "fire_and_forget"]).optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
};

const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, "must be 1 to 64 letters, digits and underscores");
const description = z.string().min(1);
const createSchema = z.strictObject({
  /** The name that the model calls it by: 1 to 64 letters, digits and underscores. */
  name,
  /** When and how the model should use it. */
  description,
  ...fields,
});
const updateSchema = z.strictObject({
  /** The new name. Default: unchanged. */
  name: name.optional(),
  /** The new description. Default: unchanged. */
  description: description.optional(),
  ...fields,
});
const idsSchema = z.array(id).min(1).max(50);

/** The options of `tools.create`. */
export type CreateToolOptions = z.input<typeof createSchema>;
/** The changes of `tools.update`. */
export type UpdateToolOptions = z.input<typeof updateSchema>;

/** The tools of the account, and the tools of each PAL (at most 50). */
export class Tools extends Collection<z.output<typeof toolSchema>, CreateToolOptions> {
  constructor(client: ResourceClient) {
    super(client, { name: "tools", path: "/tools", idField: "toolId", schema: toolSchema, createSchema });
  }

  /** Changes the given fields of a tool. */
  async update(toolId: string, changes: UpdateToolOptions, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("tools.update", updateSchema, changes);
    return await this.client.patch(this.toPath(toolId), this.client.toBody(changes), call);
  }

  /** Adds one or more tools to a PAL and returns them. A tool that it already has is not an error. */
  async attach(palId: string, toolIds: string | readonly string[], call: CallOptions = {}): Promise<TavusTool[]> {
    const ids = typeof toolIds === "string" ? [toolIds] : toolIds;
    checkOptions("tools.attach", idsSchema, ids);
    const path = toPalToolsPath(palId);
    const { text } = await this.client.post(path, call, { tool_ids: ids });
    return text.trim() === "" ? [] : this.client.readAll(toolSchema, text, "POST", path);
  }

  /** Removes a tool from a PAL. */
  async detach(palId: string, toolId: string, call: CallOptions = {}): Promise<void> {
    await this.client.delete(`${toPalToolsPath(palId)}/${toPathSegment("toolId", toolId)}`, call);
  }

  /** Lists the tools of a PAL. */
  listOfPal(palId: string, call: CallOptions = {}): Listing<TavusTool> {
    return this.client.list(toolSchema, toPalToolsPath(palId), { ...call, getId: ({ toolId }) => toolId });
  }
}

// Documented under the new name only.
function toPalToolsPath(palId: string): string {
  return `/pals/${toPathSegment("palId", palId)}/tools`;
}
