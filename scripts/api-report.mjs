// `node scripts/api-report.mjs [--update]`: compares what the package shows its users with the reports in api/, so that
// every change of it is seen in review; and checks that all of it has docstrings. Looks at dist: build first.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSurface } from "./lib/api-surface.mjs";
import { findUndocumented, findUnitless } from "./lib/docstrings.mjs";
import { root } from "./lib/setup.mjs";

const update = process.argv.includes("--update");
const committed = join(root, "api");
const fresh = mkdtempSync(join(tmpdir(), "tavus-transport-api-"));

/** The paragraphs (declarations) that only one of the two has. */
function differences(before, after) {
  const [old, now] = [before, after].map((text) => text.split("\n\n"));
  const sign = (mark, paragraph) => paragraph.replaceAll(/^/gm, `    ${mark} `);
  return [
    ...old.filter((paragraph) => !now.includes(paragraph)).map((paragraph) => sign("-", paragraph)),
    ...now.filter((paragraph) => !old.includes(paragraph)).map((paragraph) => sign("+", paragraph)),
  ];
}

function describeChange({ report, specifier }) {
  const path = join(committed, report);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const after = readFileSync(join(fresh, report), "utf8");
  return [
    `What "${specifier}" exports is not what api/${report} says:`,
    ...differences(before, after),
    "Is this meant? Then run `npm run api-report` and commit api/; users see the change: name it in the changelog.",
  ].join("\n");
}

const list = (title, found) =>
  found.length === 0 ? [] : [[title, ...found.map(({ file, name }) => `    ${file}: ${name}`)].join("\n")];

try {
  mkdirSync(committed, { recursive: true });
  const { program, surfaces } = readSurface({ committed, fresh }, update);
  const complaints = [];
  for (const { entry, changed, problems } of surfaces) {
    if (changed && update) copyFileSync(join(fresh, entry.report), join(committed, entry.report));
    if (changed && !update) complaints.push(describeChange(entry));
    if (problems.length > 0)
      complaints.push([`"${entry.specifier}":`, ...problems.map((problem) => `    ${problem}`)].join("\n"));
  }
  complaints.push(...list("Public, and without a docstring:", findUndocumented(program)));
  complaints.push(...list("Numbers whose name and docstring give no unit:", findUnitless(program)));
  if (complaints.length > 0) throw new Error(complaints.join("\n\n"));
  console.log(`The API of ${surfaces.length} entry points is what api/ says, and documented.`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
