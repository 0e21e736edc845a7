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
  | {
      /** Adds or replaces the value at `path`, or requires that it equals `value`. */
      readonly op: "add" | "replace" | "test";
      /** A JSON Pointer (RFC 6901), such as `/layers/tts`; "" is the whole document. */
      readonly path: string;
      /** The new or expected value. */
      readonly value: unknown;
    }
  | {
      /** Removes the value at `path`. */
      readonly op: "remove";
      /** A JSON Pointer (RFC 6901). */
      readonly path: string;
    }
  | {
      /** Moves or copies the value at `from` to `path`. */
      readonly op: "move" | "copy";
      /** A JSON Pointer (RFC 6901) to the source. */
      readonly from: string;
      /** A JSON Pointer (RFC 6901) to the target. */
      readonly path: string;
    };

export const jsonPatchSchema = z.array(operation).min(1);

/** The result of a change. */
export interface UpdateResult {
  /** Whether the resource changed. False when it already had these values. */
  readonly changed: boolean;
}
