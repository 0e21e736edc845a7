import type { ToolDefinition } from "../../frames/index.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { ToolError } from "../../util/tool-error.ts";
import type { FunctionCallInfo, FunctionHandler, FunctionOptions } from "./function-registry.ts";
import { InvalidArgumentsError } from "../service-errors.ts";
import { describeIssue, type StandardSchema } from "./standard-schema.ts";

export interface FunctionFields<Output> extends FunctionOptions {
  /** The model calls it by this name. */
  readonly name: string;
  /** What it is good for, in the model's words. */
  readonly description: string;
  /** Of the arguments, an object: a schema of Zod, or of any other library that follows Standard Schema. */
  readonly parameters: StandardSchema<unknown, Output>;
  /** The parameters as JSON Schema. Default: the schema's own, which most libraries can give. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** Called with arguments that fit the schema; for what it returns and throws see {@link FunctionHandler}. */
  readonly handler: (args: Output, call: FunctionCallInfo) => unknown;
}

/** A function with all that a context and a model service need of it. */
export interface DefinedFunction {
  /** For the `tools` of an LLMContext. */
  readonly tool: ToolDefinition;
  /** Checks the arguments first. */
  readonly handler: FunctionHandler;
  readonly options: FunctionOptions;
}

/**
 * A function for the model, with its arguments described once, by a schema: the model gets it as JSON Schema, and the
 * handler typed arguments that fit it. Arguments that do not fit never reach the handler: the model is told what is wrong
 * with them, so that it can call again, and the service reports an {@link InvalidArgumentsError}.
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
 * @throws InvalidOptionError when the name is empty, or the schema describes no object or cannot be had as JSON Schema.
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
    const rule = `of "${name}" (${vendor}) cannot be had as JSON Schema; give that as \`jsonSchema\`.`;
    throw new InvalidOptionError("parameters", rule);
  }
  let described: Record<string, unknown>;
  try {
    described = jsonSchema.input({ target: "draft-2020-12" });
  } catch (thrown) {
    const rule = `of "${name}" cannot be told as JSON Schema: ${asError(thrown).message}`;
    throw new InvalidOptionError("parameters", rule);
  }
  if (described.type !== "object") {
    throw new InvalidOptionError(
      "parameters",
      `of "${name}" must describe an object: a model calls with named arguments.`,
    );
  }
  // Which draft it is helps no model, and some providers refuse the key.
  const { $schema: _draft, ...rest } = described;
  return rest;
}
