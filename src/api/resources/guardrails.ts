import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  optionalFlag,
  optionalText,
  optionalTexts,
  optionsSchema,
  present,
  resourceSchema,
  text,
  toPathSegment,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Listing } from "../http/listing.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import { setSchema } from "./set-schema.ts";
import type {
  CreateGuardrailOptions,
  CreateGuardrailSetOptions,
  GuardrailFields,
  TavusGuardrail,
  TavusGuardrailSet,
  UpdateGuardrailOptions,
} from "./types/guardrails.ts";

const fieldsRead = {
  guardrailName: optionalText,
  guardrailPrompt: optionalText,
  modality: optionalText,
  callbackUrl: optionalText,
};

const guardrailSchema = resourceSchema<TavusGuardrail>({
  uuid: present,
  ...fieldsRead,
  tags: optionalTexts,
  appMessage: optionalFlag,
  createdAt: optionalText,
  updatedAt: optionalText,
});

const guardrailSetSchema = setSchema("guardrails_id", resourceSchema<GuardrailFields>(fieldsRead), (set) => ({
  guardrailsId: set.id,
  name: set.name,
  guardrails: set.members,
  createdAt: set.createdAt,
  updatedAt: set.updatedAt,
}));

const wordName = z.string().regex(/^[A-Za-z0-9_]{1,100}$/, "must be at most 100 letters, digits and underscores");
const prompt = z.string().min(1).max(1000);
const requiredFields = {
  guardrailName: wordName,
  guardrailPrompt: prompt,
};
const fields = {
  modality: z.enum(["verbal", "visual", "audio"]).optional(),
  callbackUrl: z.url().max(2048).optional(),
};
const more = {
  ...fields,
  tags: z.array(z.string()).max(32).optional(),
  appMessage: flag.optional(),
  extra,
};

const createSchema = optionsSchema<CreateGuardrailOptions>({ ...requiredFields, ...more });
const updateSchema = optionsSchema<UpdateGuardrailOptions>({
  guardrailName: wordName.optional(),
  guardrailPrompt: prompt.optional(),
  ...more,
});
const createSetSchema = optionsSchema<CreateGuardrailSetOptions>({
  name: text.optional(),
  data: z.array(z.strictObject({ ...requiredFields, ...fields })).min(1),
  extra,
});

/** The guardrails of the account. The methods with "Set" in their names handle the older sets of guardrails. */
export class Guardrails extends TavusCollection<TavusGuardrail, CreateGuardrailOptions> {
  /** @internal */
  constructor(client: ResourceClient) {
    super(client, { name: "guardrails", path: "/guardrails", idField: "uuid", schema: guardrailSchema, createSchema });
  }

  /** Lists the guardrails, without those in sets. */
  override list(call: CallOptions = {}): Listing<TavusGuardrail> {
    const toId = ({ uuid }: TavusGuardrail): string => uuid;
    return this.client.list(guardrailSchema, "/guardrails", { ...call, filters: { legacy: false }, getId: toId });
  }

  /** Changes the given fields, or applies a JSON Patch whose paths start at the guardrail: `/guardrail_prompt`. */
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
    // "add" sets a field whether or not it exists; "replace" fails if it does not.
    const operations = fields.map(([key, value]) => ({ op: "add", path: `/${key}`, value }));
    return await this.client.patch(this.toPath(uuid), operations, call);
  }

  /** Creates a set of guardrails. */
  async createSet(options: CreateGuardrailSetOptions, call: CallOptions = {}): Promise<TavusGuardrailSet> {
    checkOptions("guardrails.createSet", createSetSchema, options);
    return await this.client.create(guardrailSetSchema, "/guardrails", this.client.toBody(options), {}, call);
  }

  /** Gets one set of guardrails. */
  async getSet(guardrailsId: string, call: CallOptions = {}): Promise<TavusGuardrailSet> {
    return await this.client.get(guardrailSetSchema, toSetPath(guardrailsId), { guardrails_id: guardrailsId }, call);
  }

  /** Lists the sets of guardrails. */
  listSets(call: CallOptions = {}): Listing<TavusGuardrailSet> {
    const getId = ({ guardrailsId }: TavusGuardrailSet): string => guardrailsId;
    return this.client.list(guardrailSetSchema, "/guardrails", { ...call, getId });
  }

  /** Changes a set with a JSON Patch (RFC 6902). Paths start at the set: `/data/0/guardrail_prompt`. */
  async updateSet(
    guardrailsId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("guardrails.updateSet", jsonPatchSchema, operations);
    return await this.client.patch(toSetPath(guardrailsId), operations, call);
  }

  /** Deletes a set of guardrails. */
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
