import { z } from "zod";

/** A place in a document as JSON Pointer (RFC 6901) writes it: `/layers/tts/voice_settings`; "" is the whole. */
const pointer = z.string().regex(/^(\/.*)?$/s, 'must be empty or begin with "/"');

const operation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("replace"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("test"), path: pointer, value: z.unknown() }),
  z.strictObject({ op: z.literal("remove"), path: pointer }),
  z.strictObject({ op: z.literal("move"), from: pointer, path: pointer }),
  z.strictObject({ op: z.literal("copy"), from: pointer, path: pointer }),
]);

/** One step of a JSON Patch (RFC 6902). Paths have the names that are on the wire: `/system_prompt`. */
export type JsonPatchOperation = z.input<typeof operation>;

export const jsonPatchSchema = z.array(operation).min(1);

/** What became of a change. */
export interface UpdateResult {
  /** False when the resource was like that already. */
  readonly changed: boolean;
}
