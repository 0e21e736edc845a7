import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  optionalFlag,
  optionalNumber,
  optionalText,
  present,
  resourceSchema,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { Resource } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { Collection } from "./collection.ts";

const ruleSchema = resourceSchema({
  text: present,
  pronunciation: optionalText,
  type: optionalText,
  caseSensitive: optionalFlag,
  wordBoundaries: optionalFlag,
});

const dictionarySchema = resourceSchema({
  pronunciationDictionaryId: present,
  name: optionalText,
  /** A list of dictionaries leaves them out. */
  rules: z
    .array(z.unknown())
    .transform((rules) => rules.flatMap((rule) => ruleSchema.safeParse(rule).data ?? []))
    .optional()
    .catch(undefined),
  rulesCount: optionalNumber,
  createdAt: optionalText,
  updatedAt: optionalText,
});

/** How words are said. */
export type TavusPronunciationDictionary = Resource<z.output<typeof dictionarySchema>>;

const createSchema = z.strictObject({
  name: z.string().min(1).max(255),
  rules: z
    .array(
      z.strictObject({
        text: z.string().min(1).max(200),
        pronunciation: z.string().min(1).max(500),
        type: z.enum(["alias", "ipa"]),
        /** Default false. */
        caseSensitive: flag.optional(),
        /** Only whole words. Default true. */
        wordBoundaries: flag.optional(),
      }),
    )
    .refine((rules) => new Set(rules.map((rule) => rule.text)).size === rules.length, "must not have a text twice")
    .optional(),
  extra,
});

export type CreatePronunciationDictionaryOptions = z.input<typeof createSchema>;

export interface ListPronunciationDictionariesOptions {
  readonly sort?: "asc" | "desc" | undefined;
}

/** The pronunciation dictionaries of the account. */
export class PronunciationDictionaries extends Collection<
  z.output<typeof dictionarySchema>,
  CreatePronunciationDictionaryOptions,
  ListPronunciationDictionariesOptions
> {
  constructor(client: ResourceClient) {
    super(client, {
      name: "pronunciationDictionaries",
      path: "/pronunciation-dictionaries",
      idField: "pronunciationDictionaryId",
      schema: dictionarySchema,
      createSchema,
    });
  }

  /** `/name` and `/rules` can be changed; rules only all at once. */
  async update(
    pronunciationDictionaryId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("pronunciationDictionaries.update", jsonPatchSchema, operations);
    return await this.client.patch(this.toPath(pronunciationDictionaryId), operations, call);
  }
}
