/** Formats a table for people. Each column is as wide as its widest cell. */
export function formatTable(headers: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const lines = [headers, ...rows.map((row) => row.map((cell) => makePrintable(cell ?? "-")))];
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Formats fields for people, one per line. Fields that are undefined are left out. */
export function formatFields(fields: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(fields).filter(([, value]) => value !== undefined);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${makePrintable(toText(value))}`).join("\n");
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Replaces control characters: names are written by others and must not control the terminal. */
export function makePrintable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "·");
}
