import type { Hono } from "hono";
import { z } from "zod";

import type { Document } from "../state/resource-store.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { applyPatch } from "./json-patch.ts";
import type { ApiEnv } from "./request.ts";

const fields = z.looseObject({
  name: z.string().min(1).max(255),
  rules: z
    .array(
      z.object({
        text: z.string().min(1).max(200),
        pronunciation: z.string().min(1).max(500),
        type: z.enum(["alias", "ipa"]),
        case_sensitive: z.boolean().default(false),
        word_boundaries: z.boolean().default(true),
      }),
    )
    .refine((rules) => new Set(rules.map((rule) => rule.text)).size === rules.length, "duplicate text")
    .default([]),
});

export function pronunciationDictionaryRoutes(state: TavusState): Hono<ApiEnv> {
  return collectionRoutes(state, {
    store: state.pronunciationDictionaries,
    id: { key: "pronunciation_dictionary_id", prefix: "pd_" },
    createSchema: () => fields,
    createdStatus: 201,
    firstPage: 0,
    maxLimit: 100,
    notFound: () => failures.notFound({ message: "Pronunciation dictionary not found" }),
    initial: counted,
    inList: ({ rules: _, ...rest }) => rest,
    patched: (dictionary, body) => {
      // Changes to other fields are silently ignored.
      const { name, rules } = checked(fields, applyPatch(dictionary, body));
      return { ...dictionary, name, rules, ...counted({ rules }) };
    },
  });
}

function counted({ rules }: Document): Document {
  return { rules_count: (rules as unknown[]).length };
}
