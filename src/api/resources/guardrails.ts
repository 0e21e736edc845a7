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
  /** The name, which events and webhooks carry. */
  guardrailName: optionalText,
  /** What the pal must not do. */
  guardrailPrompt: optionalText,
  /** "verbal", "visual" or "audio". */
  modality: optionalText,
  /** The URL that is called when the guardrail triggers. */
  callbackUrl: optionalText,
};

const guardrailSchema = resourceSchema({
  /** The id that other calls take. */
  uuid: present,
  ...fieldsRead,
  /** Tags by which PALs select guardrails. */
  tags: optionalTexts,
  /** Whether an app message is sent into the room when the guardrail triggers. */
  appMessage: optionalFlag,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A rule that a pal must not break. */
export type TavusGuardrail = Resource<z.output<typeof guardrailSchema>>;

const guardrailSetSchema = setSchema("guardrails_id", resourceSchema(fieldsRead), (set) => ({
  guardrailsId: set.id,
  name: set.name,
  guardrails: set.members,
  createdAt: set.createdAt,
  updatedAt: set.updatedAt,
}));

/** A set of guardrails, the form from before each guardrail became a resource of its own. */
export type TavusGuardrailSet = Resource<z.output<typeof guardrailSetSchema>>;

const wordName = z.string().regex(/^[A-Za-z0-9_]{1,100}$/, "must be at most 100 letters, digits and underscores");
const prompt = z.string().min(1).max(1000);
const requiredFields = {
  /** The name: up to 100 letters, digits and underscores. */
  guardrailName: wordName,
  /** What the pal must not do, in up to 1000 characters. */
  guardrailPrompt: prompt,
};
const fields = {
  /** Where Tavus looks for a breach. */
  modality: z.enum(["verbal", "visual", "audio"]).optional(),
  /** The URL that is called when the guardrail triggers. */
  callbackUrl: z.url().max(2048).optional(),
};
const more = {
  ...fields,
  /** Tags by which PALs select guardrails, up to 32. */
  tags: z.array(z.string()).max(32).optional(),
  /** Whether an app message is sent into the room when the guardrail triggers. Tavus' sources differ on its default. */
  appMessage: flag.optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
};

const createSchema = z.strictObject({ ...requiredFields, ...more });
const updateSchema = z.strictObject({
  /** The new name. Default: unchanged. */
  guardrailName: wordName.optional(),
  /** The new prompt. Default: unchanged. */
  guardrailPrompt: prompt.optional(),
  ...more,
});
const createSetSchema = z.strictObject({
  /** The name of the set. */
  name: text.optional(),
  /** The guardrails of the set. */
  data: z.array(z.strictObject({ ...requiredFields, ...fields })).min(1),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
});

/** The options of `guardrails.create`. */
export type CreateGuardrailOptions = z.input<typeof createSchema>;
/** The changes of `guardrails.update`. */
export type UpdateGuardrailOptions = z.input<typeof updateSchema>;
/** The options of `guardrails.createSet`. */
export type CreateGuardrailSetOptions = z.input<typeof createSetSchema>;

/** The guardrails of the account. The methods with "Set" in their names handle the older sets of guardrails. */
export class Guardrails extends Collection<z.output<typeof guardrailSchema>, CreateGuardrailOptions> {
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
