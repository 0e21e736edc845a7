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
  /** The name, which events and webhooks carry. */
  objectiveName: optionalText,
  /** What the pal should achieve. */
  objectivePrompt: optionalText,
  /** "auto" or "manual" (a client in the call confirms it). */
  confirmationMode: optionalText,
  /** The names of the values that the pal should find out. */
  outputVariables: optionalTexts,
  /** "verbal", "visual" or "audio". */
  modality: optionalText,
  /** Maps the name of each possible next objective to its condition. */
  nextConditionalObjectives: optionalObject,
  /** The name of the next objective. */
  nextRequiredObjective: optionalText,
  /** The URL that is called when the objective is completed. */
  callbackUrl: optionalText,
});

/** One objective of a set. */
export type TavusObjective = z.output<typeof objectiveSchema>;

const objectivesSchema = setSchema("objectives_id", objectiveSchema, ({ id, name, members, createdAt, updatedAt }) => ({
  objectivesId: id,
  name,
  objectives: members,
  createdAt,
  updatedAt,
}));

/** A set of objectives that a pal pursues step by step. */
export type TavusObjectives = Resource<z.output<typeof objectivesSchema>>;

const createSchema = z.strictObject({
  /** The objectives of the set. */
  data: z
    .array(
      z.strictObject({
        /** The name, without spaces. */
        objectiveName: z.string().regex(/^\S+$/, "must not have blanks"),
        /** What the pal should achieve. */
        objectivePrompt: id,
        /** Whether the pal decides that it is completed, or a client in the call confirms it. */
        confirmationMode: z.enum(["auto", "manual"]).optional(),
        /** The names of the values that the pal should find out. */
        outputVariables: texts.optional(),
        /** How the objective is recognized. */
        modality: z.enum(["verbal", "visual", "audio"]).optional(),
        /** Maps the name of each possible next objective to its condition. */
        nextConditionalObjectives: z.record(z.string(), z.string()).optional(),
        /** The name of the next objective. */
        nextRequiredObjective: id.optional(),
        /** The URL that is called when the objective is completed. */
        callbackUrl: z.url().optional(),
      }),
    )
    .min(1),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
});

/** The options of `objectives.create`. */
export type CreateObjectivesOptions = z.input<typeof createSchema>;

/** The account's sets of objectives. */
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
