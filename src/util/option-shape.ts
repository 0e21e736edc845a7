import type { z } from "zod";

/** The shape of a schema that checks the options `T`: all of them, and no others. `{ … } satisfies OptionShape<T>`. */
export type OptionShape<T> = { readonly [K in keyof T]-?: z.ZodType<unknown, T[K]> };
