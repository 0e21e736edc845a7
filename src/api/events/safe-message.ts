const MAX_DEPTH = 32;

/** Bounds of a message from the room. Pictures of perception tools are the largest that is known to come. */
const ROOM_BOUNDS = { maxValues: 10_000, maxCharacters: 4_000_000 };

/**
 * Why a message is not worth reading, or undefined. Whoever is in the room can send anything, so what it costs to look is
 * bounded: the walk stops at the first bound it meets.
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

/** JSON text as an object, without the key that would change the prototype of whatever it is copied into. */
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
