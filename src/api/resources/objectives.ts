import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  id,
  optionalObject,
  optionalText,
  optionalTexts,
  optionsSchema,
  resourceSchema,
  texts,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import { setSchema } from "./set-schema.ts";
import type { CreateObjectivesOptions, TavusObjective, TavusObjectives } from "./types/objectives.ts";

const objectiveSchema = resourceSchema<TavusObjective>({
  objectiveName: optionalText,
  objectivePrompt: optionalText,
  confirmationMode: optionalText,
  outputVariables: optionalTexts,
  modality: optionalText,
  nextConditionalObjectives: optionalObject,
  nextRequiredObjective: optionalText,
  callbackUrl: optionalText,
});

const objectivesSchema = setSchema("objectives_id", objectiveSchema, ({ id, name, members, createdAt, updatedAt }) => ({
  objectivesId: id,
  name,
  objectives: members,
  createdAt,
  updatedAt,
}));

const createSchema = optionsSchema<CreateObjectivesOptions>({
  data: z
    .array(
      z.strictObject({
        objectiveName: z.string().regex(/^\S+$/, "must not have blanks"),
        objectivePrompt: id,
        confirmationMode: z.enum(["auto", "manual"]).optional(),
        outputVariables: texts.optional(),
        modality: z.enum(["verbal", "visual", "audio"]).optional(),
        nextConditionalObjectives: z.record(z.string(), z.string()).optional(),
        nextRequiredObjective: id.optional(),
        callbackUrl: z.url().optional(),
      }),
    )
    .min(1),
  extra,
});

/** The account's sets of objectives. */
export class Objectives extends TavusCollection<TavusObjectives, CreateObjectivesOptions> {
  /** @internal */
  constructor(client: ResourceClient) {
    super(client, {
      name: "objectives",
      path: "/objectives",
      idField: "objectivesId",
      schema: objectivesSchema,
      createSchema,
    });
  }

  /** Changes a set with a JSON Patch (RFC 6902). Paths start at the set: `/data/0/objective_prompt`. */
  async update(
    objectivesId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("objectives.update", jsonPatchSchema, operations);
    return await this.client.patch(this.toPath(objectivesId), operations, call);
  }
}
