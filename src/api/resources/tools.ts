import { z } from "zod";

import type { CallOptions } from "../call-options.ts";
import {
  checkOptions,
  extra,
  optionalObject,
  optionalText,
  pathSegment,
  present,
  resourceSchema,
  text,
} from "../fields.ts";
import type { UpdateResult } from "../json-patch.ts";
import type { Listing } from "../listing.ts";
import type { Resource } from "../read-answer.ts";
import type { ResourceClient } from "../resource-client.ts";
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
  description: text.optional(),
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

const name = z.string().min(1).max(64);
const createSchema = z.strictObject({ name, ...fields });
const updateSchema = z.strictObject({ name: name.optional(), ...fields });

export type CreateToolOptions = z.input<typeof createSchema>;
export type UpdateToolOptions = z.input<typeof updateSchema>;

/** The tools of the account, and which pal has which (at most 50 each). */
export class Tools extends Collection<z.output<typeof toolSchema>, CreateToolOptions> {
  constructor(client: ResourceClient) {
    super(client, { name: "tools", path: "/tools", idField: "toolId", schema: toolSchema, createSchema });
  }

  async update(toolId: string, changes: UpdateToolOptions, call: CallOptions = {}): Promise<UpdateResult> {
    checkOptions("tools.update", updateSchema, changes);
    return await this.client.patch(this.pathOf(toolId), this.client.body(changes), call);
  }

  /** Gives a pal a tool. */
  async attach(palId: string, toolId: string, call: CallOptions = {}): Promise<void> {
    pathSegment("toolId", toolId);
    await this.client.post(toolsOf(palId), call, { tool_id: toolId });
  }

  async detach(palId: string, toolId: string, call: CallOptions = {}): Promise<void> {
    await this.client.delete(`${toolsOf(palId)}/${pathSegment("toolId", toolId)}`, call);
  }

  /** The tools a pal has. */
  listOfPal(palId: string, call: CallOptions = {}): Listing<TavusTool> {
    return this.client.list(toolSchema, toolsOf(palId), { ...call, idOf: ({ toolId }) => toolId });
  }
}

// Documented under the new name alone.
function toolsOf(palId: string): string {
  return `/pals/${pathSegment("palId", palId)}/tools`;
}
