import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import { toCamelKeys, isRecord } from "../names.ts";

// Fields of answers. The client cannot work without the required ones. Others count as absent when they are null, empty
// or of an undocumented type, because the service is known to differ from its documentation.
export const present = z.string().min(1);
export const optionalText = present.optional().catch(undefined);
export const optionalNumber = z.number().optional().catch(undefined);
export const optionalFlag = z.boolean().optional().catch(undefined);
export const optionalTexts = z.array(z.string()).optional().catch(undefined);
export const optionalObject = z.record(z.string(), z.unknown()).optional().catch(undefined);

/** The schema of a resource, with its fields in camelCase. */
export function resourceSchema<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  return z.preprocess((value) => (isRecord(value) ? toCamelKeys(value) : value), z.object(shape));
}

// Fields of requests. Their schemas are strict, so that a misspelt option is an error and is not silently ignored.
export const id = z.string().min(1);
export const text = z.string();
export const flag = z.boolean();
export const texts = z.array(z.string());
/** Fields that this client does not know. They are merged last and sent unchanged. */
export const extra = z.record(z.string(), z.unknown()).optional();

/** Checks options against a schema. Throws an InvalidOptionError that lists every problem. */
export function checkOptions(what: string, schema: z.ZodType, options: unknown): void {
  const { error } = schema.safeParse(options);
  if (error) throw new InvalidOptionError(what, formatIssues(error));
}

function formatIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "options"}: ${issue.message}`).join("; ");
}

/** Encodes an id as one path segment. Throws an InvalidOptionError for an empty one and for dots. */
export function toPathSegment(field: string, value: string): string {
  // URL parsing resolves dot segments, so the request would reach another resource.
  if (value === "" || value === "." || value === "..") throw new InvalidOptionError(field, "must be an id.");
  return encodeURIComponent(value);
}
