const MAX_DEPTH = 32;

/** The limits of a message from the room. The largest known messages carry pictures of perception tools. */
const ROOM_BOUNDS = { maxValues: 10_000, maxCharacters: 4_000_000 };

/**
 * Says why a message is too large to read; undefined when it is not. Anyone in the room can send anything, so the cost
 * of this check is bounded too: the walk stops at the first limit that it exceeds.
 */
export function findSizeProblem(message: unknown, { maxValues, maxCharacters } = ROOM_BOUNDS): string | undefined {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: message, depth: 0 }];
  let values = 0;
  let characters = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === "string") characters += value.length;
    if (characters > maxCharacters) return `more than ${maxCharacters} characters`;
    if (typeof value !== "object" || value === null) continue;
    if (depth >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
    for (const key in value) {
      if (++values > maxValues) return `more than ${maxValues} values`;
      characters += key.length;
      waiting.push({ value: (value as Record<string, unknown>)[key], depth: depth + 1 });
    }
  }
  return undefined;
}

/** Parses JSON text to an object, without the key `__proto__`, which would change the prototype of a copy. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text, (key, inner: unknown) => (key === "__proto__" ? undefined : inner));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
