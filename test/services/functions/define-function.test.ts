import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

import { ErrorFrame, FunctionCallResultFrame, LLMContext, LLMContextFrame } from "../../../src/frames/index.ts";
import { defineFunction, type DefinedFunction, type StandardSchema } from "../../../src/services/index.ts";
import { ScriptedLLMService } from "../../../src/testing/index.ts";
import { of, rig } from "../rig.ts";

const fruit = z.object({ fruit: z.enum(["pear", "plum"]), count: z.int().min(1).default(1) });

/** The model's result when it calls the function with these arguments, and the reported error. */
async function call(definition: DefinedFunction, args: Record<string, unknown>, waitMs = 0) {
  const llm = new ScriptedLLMService({
    answers: () => [{ type: "toolCall", id: "1", name: definition.tool.name, arguments: args }],
    latencyMs: 0,
  });
  llm.registerFunction(definition);
  const { send, clock, down, up } = await rig(llm);
  send(new LLMContextFrame(new LLMContext([], { tools: [definition.tool] })));
  await clock.advance(waitMs);
  return { result: of(down, FunctionCallResultFrame)[0]?.result, error: of(up, ErrorFrame)[0]?.error };
}

describe("a function described by a schema", () => {
  const price = defineFunction({
    name: "price",
    description: "What fruit costs.",
    parameters: fruit,
    handler: ({ fruit: name, count }) => {
      expectTypeOf(name).toEqualTypeOf<"pear" | "plum">();
      expectTypeOf(count).toEqualTypeOf<number>();
      return { euros: (name === "pear" ? 3 : 4) * count };
    },
  });

  it("describes its arguments to the model as JSON Schema: the input, not the parsed output", () => {
    expect(price.tool).toMatchObject({ name: "price", description: "What fruit costs." });
    expect(price.tool.parameters).toMatchObject({
      type: "object",
      properties: { fruit: { enum: ["pear", "plum"] }, count: { type: "integer", minimum: 1, default: 1 } },
      required: ["fruit"],
    });
    expect(price.tool.parameters).not.toHaveProperty("$schema");
  });

  it("runs with valid arguments and the schema's defaults", async () => {
    expect(await call(price, { fruit: "pear" })).toEqual({ result: { euros: 3 }, error: undefined });
    expect((await call(price, { fruit: "plum", count: 2 })).result).toEqual({ euros: 8 });
  });

  it("does not run with invalid arguments: the model receives the issues, and the application the error", async () => {
    let ran = false;
    const strict = defineFunction({
      ...{ name: "price", description: "", parameters: fruit },
      handler: () => {
        ran = true;
      },
    });
    const { result, error } = await call(strict, { fruit: "apple", count: 0 });
    expect(ran).toBe(false);
    expect(JSON.stringify(result)).toMatch(/do not match the schema: fruit: .*; count: /);
    expect(error).toMatchObject({
      code: "functionCall",
      cause: { cause: { code: "invalidArguments", functionName: "price" } },
    });
  });

  it("accepts any library's schema, even with asynchronous validation, within the timeout of the call", async () => {
    const own = (waitMs: number): StandardSchema<{ id: string }, { id: number }> => ({
      "~standard": {
        version: 1,
        vendor: "mine",
        validate: async (value) => {
          if (waitMs > 0) await new Promise(() => undefined);
          const { id } = value as { id?: string };
          return id === undefined
            ? { issues: [{ message: "is missing", path: [{ key: "id" }] }] }
            : { value: { id: +id } };
        },
      },
    });
    const jsonSchema = { type: "object", properties: { id: { type: "string" } } };
    const fields = { name: "order", description: "", jsonSchema, timeoutMs: 500 };
    const order = defineFunction({ ...fields, parameters: own(0), handler: ({ id }) => id + 1 });
    expect((await call(order, { id: "4" })).result).toBe(5);
    expect(JSON.stringify((await call(order, {})).result)).toContain("id: is missing");
    const stuck = defineFunction({ ...fields, parameters: own(1), handler: () => "never" });
    expect((await call(stuck, {}, 400)).result).toBeUndefined();
    expect((await call(stuck, {}, 600)).error).toMatchObject({ cause: { code: "timeout" } });
  });

  it("keeps the options of a registered function", async () => {
    const options = { cancelOnInterruption: false, timeoutMs: 50 };
    const slow = defineFunction({
      ...{ name: "slow", description: "", parameters: z.object({}), ...options },
      handler: (_args, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", reject)),
    });
    expect(slow.options).toEqual(options);
    expect((await call(slow, {}, 60)).error).toMatchObject({ cause: { code: "timeout" } });
  });

  it.each([
    ["an empty name", { name: "" }, /^name: must not be empty/],
    [
      "a schema that is not an object",
      { parameters: z.string() as never },
      /^parameters: of "f" must describe an object/,
    ],
    [
      "a schema that JSON Schema cannot express",
      { parameters: z.object({ at: z.date() }) as never },
      /^parameters: of "f" cannot be/,
    ],
    [
      "a schema without JSON Schema",
      { parameters: { "~standard": { version: 1, vendor: "mine", validate: () => ({ value: {} }) } } as never },
      /^parameters: of "f" \(mine\) .* `jsonSchema`/,
    ],
  ])("rejects %s", (_what, fields, message) => {
    const plain = { name: "f", description: "", parameters: fruit, handler: () => undefined };
    expect(() => defineFunction({ ...plain, ...fields })).toThrow(message);
  });
});
