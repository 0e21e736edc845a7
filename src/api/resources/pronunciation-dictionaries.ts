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
  /** The text to replace. */
  text: present,
  /** How to pronounce it. */
  pronunciation: optionalText,
  /** "alias" or "ipa". */
  type: optionalText,
  /** Whether upper and lower case matter. */
  caseSensitive: optionalFlag,
  /** Whether only whole words match. */
  wordBoundaries: optionalFlag,
});

const dictionarySchema = resourceSchema({
  /** The id that other calls take. */
  pronunciationDictionaryId: present,
  /** The name in the account. */
  name: optionalText,
  /** The rules. Lists of dictionaries omit them. */
  rules: z
    .array(z.unknown())
    .transform((rules) => rules.flatMap((rule) => ruleSchema.safeParse(rule).data ?? []))
    .optional()
    .catch(undefined),
  /** The number of rules. */
  rulesCount: optionalNumber,
  /** When it was created, as Tavus sends it. */
  createdAt: optionalText,
  /** When it last changed, as Tavus sends it. */
  updatedAt: optionalText,
});

/** A dictionary of how words are pronounced. */
export type TavusPronunciationDictionary = Resource<z.output<typeof dictionarySchema>>;

const createSchema = z.strictObject({
  /** The name in the account, up to 255 characters. */
  name: z.string().min(1).max(255),
  /** The rules. No text may occur twice. */
  rules: z
    .array(
      z.strictObject({
        /** The text to replace, up to 200 characters. */
        text: z.string().min(1).max(200),
        /** How to pronounce it, up to 500 characters. */
        pronunciation: z.string().min(1).max(500),
        /** "alias": other words. "ipa": the International Phonetic Alphabet. */
        type: z.enum(["alias", "ipa"]),
        /** Whether upper and lower case matter. Default false. */
        caseSensitive: flag.optional(),
        /** Whether only whole words match. Default true. */
        wordBoundaries: flag.optional(),
      }),
    )
    .refine((rules) => new Set(rules.map((rule) => rule.text)).size === rules.length, "must not have a text twice")
    .optional(),
  /** Fields that this client does not know. Merged last and sent unchanged. */
  extra,
});

/** The options of `pronunciationDictionaries.create`. */
export type CreatePronunciationDictionaryOptions = z.input<typeof createSchema>;

/** The order of `pronunciationDictionaries.list`. */
export interface ListPronunciationDictionariesOptions {
  /** The direction of the order. Default: Tavus' own. */
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
