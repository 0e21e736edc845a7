import type { ToolDefinition } from "../../frames/index.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { ToolError } from "../../util/tool-error.ts";
import type { FunctionCallInfo, FunctionHandler, FunctionOptions } from "./function-registry.ts";
import { InvalidArgumentsError } from "../service-errors.ts";
import { describeIssue, type StandardSchema } from "./standard-schema.ts";

/** Options of {@link defineFunction}. */
export interface FunctionFields<Output> extends FunctionOptions {
  /** Name by which the model calls the function. */
  readonly name: string;
  /** Description for the model: what the function does and when to call it. */
  readonly description: string;
  /**
   * Schema of the arguments, which must be an object: from Zod or any other library that implements Standard Schema.
   */
  readonly parameters: StandardSchema<unknown, Output>;
  /** JSON Schema of the arguments. Default: converted from `parameters`, which most libraries support. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** Called with arguments that match the schema. For results and errors see {@link FunctionHandler}. */
  readonly handler: (args: Output, call: FunctionCallInfo) => unknown;
}

/** A function, ready for a context and an LLM service. */
export interface DefinedFunction {
  /** Definition for the `tools` of an LLMContext. */
  readonly tool: ToolDefinition;
  /** Handler that validates the arguments first. */
  readonly handler: FunctionHandler;
  /** How calls of the function run. */
  readonly options: FunctionOptions;
}

/**
 * Defines a function for the model. One schema describes its arguments: the model receives it as JSON Schema, and the
 * handler receives typed arguments that match it. Invalid arguments never reach the handler: the model receives a
 * description of the errors, so that it can call again, and the service reports a `FunctionCallError` caused by
 * an {@link InvalidArgumentsError}.
 *
 * ```ts
 * const price = defineFunction({
 *   name: "price",
 *   description: "What a fruit costs.",
 *   parameters: z.object({ fruit: z.enum(["pear", "plum"]) }),
 *   handler: ({ fruit }) => ({ euros: fruit === "pear" ? 3 : 4 }),
 * });
 * llm.registerFunction(price);
 * const context = new LLMContext([], { tools: [price.tool] });
 * ```
 *
 * @throws InvalidOptionError if the name is empty, or the schema does not describe an object or cannot be converted to
 * JSON Schema.
 */
export function defineFunction<Output>(fields: FunctionFields<Output>): DefinedFunction {
  const { name, description, parameters, jsonSchema, handler, ...options } = fields;
  if (name === "") throw new InvalidOptionError("name", "must not be empty.");
  return {
    tool: { name, description, parameters: jsonSchema ?? toJsonSchema(parameters, name) },
    options,
    handler: async (args, call) => {
      const result = await parameters["~standard"].validate(args);
      if (result.issues) {
        const cause = new InvalidArgumentsError(name, result.issues.map(describeIssue));
        throw new ToolError(cause.message, { cause });
      }
      return await handler(result.value, call);
    },
  };
}

function toJsonSchema(schema: StandardSchema, name: string): Record<string, unknown> {
  const { jsonSchema, vendor } = schema["~standard"];
  if (!jsonSchema) {
    const rule = `of "${name}" (${vendor}) cannot be converted to JSON Schema; pass it as \`jsonSchema\`.`;
    throw new InvalidOptionError("parameters", rule);
  }
  let described: Record<string, unknown>;
  try {
    described = jsonSchema.input({ target: "draft-2020-12" });
  } catch (thrown) {
    const rule = `of "${name}" cannot be converted to JSON Schema: ${asError(thrown).message}`;
    throw new InvalidOptionError("parameters", rule);
  }
  if (described.type !== "object") {
    throw new InvalidOptionError(
      "parameters",
      `of "${name}" must describe an object: a model calls with named arguments.`,
    );
  }
  // The draft does not help the model, and some providers reject the key.
  const { $schema: _draft, ...rest } = described;
  return rest;
}
