/** The lines of a table as text, with the cells of each column below each other and `gap` between columns. */
export function alignColumns(lines: readonly (readonly string[])[], gap = "  "): string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}
