import { z } from "zod";

import { readJsonText, type ApiContext } from "../request.ts";
import { dailyFailures } from "./daily-failure.ts";

export const DAILY_PREFIX = "/v1";

/** Parses a value, or throws the 400 that names the first invalid field. */
export function checkedDaily<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw dailyFailures.invalid(`${path === "" ? "the body" : path}: ${issue?.message ?? "invalid"}`);
}

/** Reads the JSON object in the body, as the schema has it; an empty body is an empty object. */
export async function readDailyBody<T>(context: ApiContext, schema: z.ZodType<T>): Promise<T> {
  const body = await readJsonText(context, dailyFailures.notJson);
  return checkedDaily(schema, body);
}

const wholeNumber = z.coerce.number().int().min(1);

/** The query's `limit`. */
export function readLimit(context: ApiContext): number | undefined {
  const { limit } = context.req.query();
  return limit === undefined ? undefined : checkedDaily(z.object({ limit: wholeNumber }), { limit }).limit;
}
