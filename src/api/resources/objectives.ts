import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  id,
  optionalObject,
  optionalText,
  optionalTexts,
  resourceSchema,
  texts,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";
import { setSchema } from "./set-schema.ts";

const objectiveSchema = resourceSchema({
  objectiveName: optionalText,
  objectivePrompt: optionalText,
  confirmationMode: optionalText,
  outputVariables: optionalTexts,
  modality: optionalText,
  nextConditionalObjectives: optionalObject,
  nextRequiredObjective: optionalText,
  callbackUrl: optionalText,
});

export type TavusObjective = z.output<typeof objectiveSchema>;

const objectivesSchema = setSchema("objectives_id", objectiveSchema, ({ id, name, members, createdAt, updatedAt }) => ({
  objectivesId: id,
  name,
  objectives: members,
  createdAt,
  updatedAt,
}));

/** What a pal is to achieve, step by step. */
export type TavusObjectives = Resource<z.output<typeof objectivesSchema>>;

const createSchema = z.strictObject({
  data: z
    .array(
      z.strictObject({
        /** Without blanks. */
        objectiveName: z.string().regex(/^\S+$/, "must not have blanks"),
        objectivePrompt: id,
        confirmationMode: z.enum(["auto", "manual"]).optional(),
        outputVariables: texts.optional(),
        modality: z.enum(["verbal", "visual", "audio"]).optional(),
        /** Name of an objective → when it is the next. */
        nextConditionalObjectives: z.record(z.string(), z.string()).optional(),
        nextRequiredObjective: id.optional(),
        callbackUrl: z.url().optional(),
      }),
    )
    .min(1),
  extra,
});

export type CreateObjectivesOptions = z.input<typeof createSchema>;

/** The sets of objectives of the account. */
export class Objectives extends Collection<z.output<typeof objectivesSchema>, CreateObjectivesOptions> {
  constructor(client: ResourceClient) {
    super(client, {
      name: "objectives",
      path: "/objectives",
      idField: "objectivesId",
      schema: objectivesSchema,
      createSchema,
    });
  }

  /** Paths begin at the set: `/data/0/objective_prompt`. */
  async update(
    objectivesId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("objectives.update", jsonPatchSchema, operations);
    return await this.client.patch(this.toPath(objectivesId), operations, call);
  }
}
