import { z } from "zod";

import type { CallOptions } from "../http/call-options.ts";
import {
  checkOptions,
  extra,
  flag,
  optionalFlag,
  optionalNumber,
  optionalText,
  optionsSchema,
  present,
  resourceSchema,
} from "../http/fields.ts";
import { jsonPatchSchema, type JsonPatchOperation, type UpdateResult } from "../http/json-patch.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { TavusCollection } from "./collection.ts";
import type {
  CreatePronunciationDictionaryOptions,
  PronunciationRule,
  TavusPronunciationDictionary,
} from "./types/pronunciation-dictionaries.ts";

const ruleSchema = resourceSchema<PronunciationRule>({
  text: present,
  pronunciation: optionalText,
  type: optionalText,
  caseSensitive: optionalFlag,
  wordBoundaries: optionalFlag,
});

const dictionarySchema = resourceSchema<TavusPronunciationDictionary>({
  pronunciationDictionaryId: present,
  name: optionalText,
  rules: z
    .array(z.unknown())
    .transform((rules) => rules.flatMap((rule) => ruleSchema.safeParse(rule).data ?? []))
    .optional()
    .catch(undefined),
  rulesCount: optionalNumber,
  createdAt: optionalText,
  updatedAt: optionalText,
});

const createSchema = optionsSchema<CreatePronunciationDictionaryOptions>({
  name: z.string().min(1).max(255),
  rules: z
    .array(
      z.strictObject({
        text: z.string().min(1).max(200),
        pronunciation: z.string().min(1).max(500),
        type: z.enum(["alias", "ipa"]),
        caseSensitive: flag.optional(),
        wordBoundaries: flag.optional(),
      }),
    )
    .refine((rules) => new Set(rules.map((rule) => rule.text)).size === rules.length, "must not have a text twice")
    .optional(),
  extra,
});

/** The order of `pronunciationDictionaries.list`. */
export interface ListPronunciationDictionariesOptions {
  /** The direction of the order. Default: Tavus' own. */
  readonly sort?: "asc" | "desc" | undefined;
}

/** The pronunciation dictionaries of the account. */
export class PronunciationDictionaries extends TavusCollection<
  TavusPronunciationDictionary,
  CreatePronunciationDictionaryOptions,
  ListPronunciationDictionariesOptions
> {
  /** @internal */
  constructor(client: ResourceClient) {
    super(client, {
      name: "pronunciationDictionaries",
      path: "/pronunciation-dictionaries",
      idField: "pronunciationDictionaryId",
      schema: dictionarySchema,
      createSchema,
    });
  }

  /** Changes a dictionary with a JSON Patch (RFC 6902). `/name` and `/rules` can change; the rules only as a whole. */
  async update(
    pronunciationDictionaryId: string,
    operations: readonly JsonPatchOperation[],
    call: CallOptions = {},
  ): Promise<UpdateResult> {
    checkOptions("pronunciationDictionaries.update", jsonPatchSchema, operations);
    return await this.client.patch(this.toPath(pronunciationDictionaryId), operations, call);
  }
}
