import { z } from "zod";

/** A JSON Pointer (RFC 6901), such as `/layers/tts/voice_settings`. "" is the whole document. */
const pointer = z.string().regex(/^(\/.*)?$/s, 'must be empty or begin with "/"');

const operation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("replace"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("test"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("remove"), path: pointer }),
  z.strictObject({ op: z.literal("move"), from: pointer, path: pointer }),
  z.strictObject({ op: z.literal("copy"), from: pointer, path: pointer }),
]);

/** One operation of a JSON Patch (RFC 6902). Paths use the names on the wire: `/system_prompt`. */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

export const jsonPatchSchema = z.array(operation).min(1);

/** The result of a change. */
export interface UpdateResult {
  /** Whether the resource changed. False when it already had these values. */
  readonly changed: boolean;
}
