import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import type { OptionShape } from "../../util/option-shape.ts";
import { toCamelKeys, isRecord } from "../names.ts";

// Fields of answers. The client cannot work without the required ones. Others count as absent when they are null, empty
// or of an undocumented type, because the service is known to differ from its documentation.
export const present = z.string().min(1);
export const optionalText = present.optional().catch(undefined);
export const optionalNumber = z.number().optional().catch(undefined);
export const optionalFlag = z.boolean().optional().catch(undefined);
export const optionalTexts = z.array(z.string()).optional().catch(undefined);
export const optionalObject = z.record(z.string(), z.unknown()).optional().catch(undefined);

/** A resource without `raw`, the answer that it is read from. */
export type Fields<T> = Omit<T, "raw">;

/** The schema of the resource `T`, with its fields in camelCase: all of them, and no others. */
export function resourceSchema<T extends object>(shape: {
  [K in keyof Fields<T>]-?: z.ZodType<T[K]>;
}): z.ZodType<Fields<T>> {
  const fields = z.object(shape);
  const toFields = (value: unknown): unknown => (isRecord(value) ? toCamelKeys(value) : value);
  return z.preprocess(toFields, fields) as unknown as z.ZodType<Fields<T>>;
}

// Fields of requests. Their schemas are strict, so that a misspelt option is an error and is not silently ignored.
export const id = z.string().min(1);
export const text = z.string();
export const flag = z.boolean();
export const texts = z.array(z.string());
/** Fields that this client does not know. They are merged last and sent unchanged. */
export const extra = z.record(z.string(), z.unknown()).optional();

/** The schema of the options `T`: all of them, and no others. */
export function optionsSchema<T extends object>(shape: OptionShape<T>): z.ZodType<T, T> {
  return z.strictObject(shape) as unknown as z.ZodType<T, T>;
}

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
