/** Characters of a value's JSON; undefined when it has none, or is nested too deeply for `JSON.stringify`. */
export function jsonLength(value: unknown): number | undefined {
  try {
    // TypeScript says that this is a string; for undefined and functions it is not.
    return (JSON.stringify(value) as string | undefined)?.length;
  } catch {
    return undefined;
  }
}
