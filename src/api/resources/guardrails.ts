import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  optionalFlag,
  optionalText,
  optionalTexts,
  toPathSegment,
  present,
  resourceSchema,
  text,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";
import { setSchema } from "./set-schema.ts";

const fieldsRead = {
  guardrailName: optionalText,
  guardrailPrompt: optionalText,
  modality: optionalText,
  callbackUrl: optionalText,
};

const guardrailSchema = resourceSchema({
  uuid: present,
  ...fieldsRead,
  tags: optionalTexts,
  appMessage: optionalFlag,
  createdAt: optionalText,
  updatedAt: optionalText,
});

/** What a pal must never do. */
export type TavusGuardrail = Resource<z.output<typeof guardrailSchema>>;

const guardrailSetSchema = setSchema("guardrails_id", resourceSchema(fieldsRead), (set) => ({
  guardrailsId: set.id,
  name: set.name,
  guardrails: set.members,
  createdAt: set.createdAt,
  updatedAt: set.updatedAt,
}));

/** Guardrails as they were before each became a resource of its own. */
export type TavusGuardrailSet = Resource<z.output<typeof guardrailSetSchema>>;

const wordName = z.string().regex(/^[A-Za-z0-9_]{1,100}$/, "must be at most 100 letters, digits and underscores");
const prompt = z.string().min(1).max(1000);
const fields = {
  modality: z.enum(["verbal", "visual", "audio"]).optional(),
  callbackUrl: z.url().max(2048).optional(),
};
const more = {
  ...fields,
  tags: z.array(z.string()).max(32).optional(),
  /** Whether the room is told when it takes effect. */
  appMessage: flag.optional(),
  extra,
};

const createSchema = z.strictObject({ guardrailName: wordName, guardrailPrompt: prompt, ...more });
const updateSchema = z.strictObject({
  guardrailName: wordName.optional(),
  guardrailPrompt: prompt.optional(),
  ...more,
});
const createSetSchema = z.strictObject({
  name: text.optional(),
  data: z.array(z.strictObject({ guardrailName: wordName, guardrailPrompt: prompt, ...fields })).min(1),
  extra,
});

export type CreateGuardrailOptions = z.input<typeof createSchema>;
export type UpdateGuardrailOptions = z.input<typeof updateSchema>;
export type CreateGuardrailSetOptions = z.input<typeof createSetSchema>;

/** The guardrails of the account; the older sets of them are reached by the methods with "Set" in their name. */
export class Guardrails extends Collection<z.output<typeof guardrailSchema>, CreateGuardrailOptions> {
  constructor(client: ResourceClient) {
    super(client, { name: "guardrails", path: "/guardrails", idField: "uuid", schema: guardrailSchema, createSchema });
  }

  override list(call: CallOptions = {}): Listing<TavusGuardrail> {
    const toId = ({ uuid }: TavusGuardrail): string => uuid;
    return this.client.list(guardrailSchema, "/guardrails", { ...call, filters: { legacy: false }, getId: toId });
  }

  /** Changes the fields that are given, or by a JSON Patch whose paths begin at the guardrail: `/guardrail_prompt`. */
  async update(
    uuid: string,
    changes: UpdateGuardrailOptions | readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    if (isOperations(changes)) {
      checkOptions("guardrails.update", jsonPatchSchema, changes);
      return await this.client.patch(this.toPath(uuid), changes, call);
    }
    checkOptions("guardrails.update", updateSchema, changes);
    const fields = Object.entries(this.client.toBody(changes));
    if (fields.length === 0) return { changed: false };
    // "add" sets a field whether or not it is there; "replace" fails for one that is not.
    const operations = fields.map(([key, value]) => ({ op: "add", path: `/${key}`, value }));
    return await this.client.patch(this.toPath(uuid), operations, call);
  }

  async createSet(options: CreateGuardrailSetOptions, call: CallOptions = {}): Promise<TavusGuardrailSet> {
    checkOptions("guardrails.createSet", createSetSchema, options);
    return await this.client.create(guardrailSetSchema, "/guardrails", this.client.toBody(options), {}, call);
  }

  async getSet(guardrailsId: string, call: CallOptions = {}): Promise<TavusGuardrailSet> {
    return await this.client.get(guardrailSetSchema, toSetPath(guardrailsId), { guardrails_id: guardrailsId }, call);
  }

  listSets(call: CallOptions = {}): Listing<TavusGuardrailSet> {
    const getId = ({ guardrailsId }: TavusGuardrailSet): string => guardrailsId;
    return this.client.list(guardrailSetSchema, "/guardrails", { ...call, getId });
  }

  /** Paths begin at the set: `/data/0/guardrail_prompt`. */
  async updateSet(
    guardrailsId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("guardrails.updateSet", jsonPatchSchema, operations);
    return await this.client.patch(toSetPath(guardrailsId), operations, call);
  }

  async deleteSet(guardrailsId: string, call: CallOptions = {}): Promise<void> {
    await this.client.delete(toSetPath(guardrailsId), call);
  }
}

function isOperations(
  changes: UpdateGuardrailOptions | readonly JsonPatchOperation[],
): changes is readonly JsonPatchOperation[] {
  return Array.isArray(changes);
}

function toSetPath(guardrailsId: string): string {
  return `/guardrails/${toPathSegment("guardrailsId", guardrailsId)}`;
}
