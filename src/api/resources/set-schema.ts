import { z } from "zod";

import { optionalText, present } from "../http/fields.ts";
import { isRecord } from "../names.ts";

interface ReadSet<M> {
  readonly id: string;
  readonly name: string | undefined;
  readonly members: readonly M[];
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
}

/**
 * Creates the schema of a set of objectives or guardrails. Its members are in `data`, the key that wraps other
 * resources, so a set is read from the fields next to `data`. An answer with the fields of a single member is a set of
 * one.
 */
export function setSchema<M, T extends object>(
  idKey: string,
  member: z.ZodType<M>,
  shape: (set: ReadSet<M>) => T,
): z.ZodType<T> {
  const nameKey = idKey.replace(/_id$/, "_name");
  return z
    .looseObject({
      [idKey]: present,
      name: optionalText,
      [nameKey]: optionalText,
      created_at: optionalText,
      updated_at: optionalText,
    })
    .transform((answer): T => {
      const fields = answer as Readonly<Record<string, unknown>>;
      const at = (key: string): string | undefined => (typeof fields[key] === "string" ? fields[key] : undefined);
      const inner = fields.data ?? (hasMemberFields(fields) ? [fields] : []);
      const members = (Array.isArray(inner) ? (inner as unknown[]) : [inner]).filter(isRecord);
      return shape({
        id: at(idKey) ?? "",
        name: at("name") ?? at(nameKey),
        members: members.flatMap((one) => member.safeParse(one).data ?? []),
        createdAt: at("created_at"),
        updatedAt: at("updated_at"),
      });
    });
}

function hasMemberFields(fields: Readonly<Record<string, unknown>>): boolean {
  return "objective_prompt" in fields || "guardrail_prompt" in fields;
}
