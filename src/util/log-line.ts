import { withoutQueries } from "./url-text.ts";
import type { LogFields } from "./logger.ts";

const BARE = /^[\w./:@+-]+$/;
/** What `JSON.stringify` leaves as it is, and a terminal or a log viewer may obey. */
const CONTROL = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * A message and its fields as one line: `Joined the room. room=tavus.daily.co/c1 tookMs=812`. Values with anything but
 * plain characters are quoted, so that text from other people cannot start a line of its own. The stacks of errors follow
 * on lines of their own.
 */
export function formatLogLine(message: string, fields: LogFields = {}): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const words = [message, ...given.map(([name, value]) => `${name}=${formatValue(value)}`)];
  const stacks = given.flatMap(([, value]) => (value instanceof Error && value.stack ? [value.stack] : []));
  // A last guard: what servers and daily-js report may have a room URL with its token in it.
  return withoutQueries([words.join(" "), ...stacks].join("\n"));
}

function formatValue(value: unknown): string {
  if (typeof value === "string" && BARE.test(value)) return value;
  try {
    // TypeScript says that this is a string; for functions and symbols it is not.
    const json = JSON.stringify(value instanceof Error ? value.message : value) as string | undefined;
    return (json ?? String(value)).replace(CONTROL, (character) => `\\u${toHex(character)}`);
  } catch {
    return `"(cannot be shown)"`;
  }
}

function toHex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
