import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  id,
  optionalObject,
  optionalText,
  optionsSchema,
  present,
  resourceSchema,
  toPathSegment,
} from "../http/fields.ts";
import type { UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import type { CreateToolOptions, TavusTool, UpdateToolOptions } from "./types/tools.ts";

const toolSchema = resourceSchema<TavusTool>({
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

const fields = {
  parameters: z.record(z.string(), z.unknown()).optional(),
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
const description = z.string().min(1);
const createSchema = optionsSchema<CreateToolOptions>({
  /** The name that the model calls it by: 1 to 64 letters, digits and underscores. */
  name,
  /** When and how the model should use it. */
  description,
  ...fields,
});
const updateSchema = optionsSchema<UpdateToolOptions>({
  name: name.optional(),
  description: description.optional(),
  ...fields,
});
const idsSchema = z.array(id).min(1).max(50);

/** The tools of the account, and the tools of each PAL (at most 50). */
export class Tools extends TavusCollection<TavusTool, CreateToolOptions> {
  /** @internal */
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
