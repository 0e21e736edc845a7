/**
 * The part of a standardschema.dev schema that is used here: version 1 of Standard Schema, which validates, and of
 * Standard JSON Schema, which describes. Zod 4.2, ArkType 2.1.28 and Valibot (with `@valibot/to-json-schema`) implement
 * both.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** Version 1 of Standard Schema. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** Types for the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" | "draft-07" }) => Record<string, unknown>;
    };
  };
}

/** One validation error. */
export interface StandardIssue {
  /** Description of the error. */
  readonly message: string;
  /** Path to the invalid value. Default: the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Result of a validation: the parsed value, or the errors. */
export type StandardResult<Output> =
  | {
      /** The parsed value. */
      readonly value: Output;
      /** Always undefined: the value is valid. */
      readonly issues?: undefined;
    }
  | {
      /** The errors, at least one. */
      readonly issues: readonly StandardIssue[];
    };

/** Describes an issue in one line, such as "fruits.0.name: Expected string". */
export function describeIssue({ message, path = [] }: StandardIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
