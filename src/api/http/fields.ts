import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import { toCamelKeys, isRecord } from "../names.ts";

// What Tavus answers. Required fields are those the client cannot work without; of the others, what is null, empty or
// of another type than documented counts as absent, because the service is known to differ from its documents.
export const present = z.string().min(1);
export const optionalText = present.optional().catch(undefined);
export const optionalNumber = z.number().optional().catch(undefined);
export const optionalFlag = z.boolean().optional().catch(undefined);
export const optionalTexts = z.array(z.string()).optional().catch(undefined);
export const optionalObject = z.record(z.string(), z.unknown()).optional().catch(undefined);

/** A resource whose schema has its fields in camelCase. */
export function resourceSchema<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  return z.preprocess((value) => (isRecord(value) ? toCamelKeys(value) : value), z.object(shape));
}

// What the caller passes. Strict, so that a misspelt option is an error here and not a wish that is silently not met.
export const id = z.string().min(1);
export const text = z.string();
export const flag = z.boolean();
export const texts = z.array(z.string());
/** Sent as it is, merged last: for fields this client does not know. */
export const extra = z.record(z.string(), z.unknown()).optional();

/** Throws an InvalidOptionError that lists every problem. */
export function checkOptions(what: string, schema: z.ZodType, options: unknown): void {
  const { error } = schema.safeParse(options);
  if (error) throw new InvalidOptionError(what, formatIssues(error));
}

function formatIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "options"}: ${issue.message}`).join("; ");
}

/** An id as one segment of a path. */
export function toPathSegment(field: string, value: string): string {
  // URL parsing takes dots for steps in the path, and an end would go to another resource.
  if (value === "" || value === "." || value === "..") throw new InvalidOptionError(field, "must be an id.");
  return encodeURIComponent(value);
}
