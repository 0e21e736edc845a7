import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import { failures } from "./failure.ts";

const pointer = z.string().regex(/^(\/.*)?$/s);
const patchSchema = z
  .array(
    z.discriminatedUnion("op", [
      z.object({ op: z.enum(["add", "replace", "test"]), path: pointer, value: z.unknown() }),
      z.object({ op: z.literal("remove"), path: pointer }),
      z.object({ op: z.enum(["move", "copy"]), from: pointer, path: pointer }),
    ]),
  )
  .min(1)
  .max(1000);

type Operation = z.infer<typeof patchSchema>[number];

/** Bounds a patch that copies a document into itself, which doubles it each time. */
const MAX_COPIED_CHARS = 1_000_000;

/** Applies a JSON Patch (RFC 6902) to a copy of the document. Throws the 422 failure when it cannot be applied. */
export function applyPatch(document: Readonly<Record<string, unknown>>, patch: unknown): Record<string, unknown> {
  const { data: operations } = patchSchema.safeParse(patch);
  if (operations === undefined) throw failures.badPatch();
  let root: unknown = structuredClone(document);
  let copiedChars = 0;
  for (const operation of operations) {
    root = applied(root, operation);
    if (operation.op !== "copy") continue;
    copiedChars += JSON.stringify(valueAt(root, parts(operation.path))).length;
    if (copiedChars > MAX_COPIED_CHARS) throw failures.badPatch();
  }
  if (typeof root !== "object" || root === null || Array.isArray(root)) throw failures.badPatch();
  return root as Record<string, unknown>;
}

function applied(root: unknown, operation: Operation): unknown {
  const path = parts(operation.path);
  switch (operation.op) {
    case "add":
      return withAdded(root, path, structuredClone(operation.value));
    case "replace":
      valueAt(root, path);
      return path.length === 0
        ? structuredClone(operation.value)
        : withAdded(without(root, path), path, structuredClone(operation.value));
    case "remove":
      return without(root, path);
    case "test":
      if (!isDeepStrictEqual(valueAt(root, path), operation.value)) throw failures.badPatch();
      return root;
    case "copy":
      return withAdded(root, path, structuredClone(valueAt(root, parts(operation.from))));
    case "move": {
      // A value cannot be moved into a part of itself.
      if (operation.path.startsWith(`${operation.from}/`)) throw failures.badPatch();
      const from = parts(operation.from);
      const value = valueAt(root, from);
      return withAdded(without(root, from), path, value);
    }
  }
}

function parts(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function child(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) {
    const index = indexIn(key, parent.length - 1);
    return parent[index] as unknown;
  }
  if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, key)) throw failures.badPatch();
  return (parent as Record<string, unknown>)[key];
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce(child, root);
}

function withAdded(root: unknown, path: readonly string[], value: unknown): unknown {
  const key = path.at(-1);
  if (key === undefined) return value;
  const parent = valueAt(root, path.slice(0, -1));
  if (Array.isArray(parent)) {
    parent.splice(key === "-" ? parent.length : indexIn(key, parent.length), 0, value);
  } else if (typeof parent === "object" && parent !== null) {
    // Not by assignment: "__proto__" is a key like any other here.
    Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    throw failures.badPatch();
  }
  return root;
}

function without(root: unknown, path: readonly string[]): unknown {
  const key = path.at(-1);
  if (key === undefined) return {};
  const parent = valueAt(root, path.slice(0, -1));
  child(parent, key);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent as object, key);
  return root;
}

function indexIn(key: string, last: number): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : Infinity;
  if (index > last) throw failures.badPatch();
  return index;
}
