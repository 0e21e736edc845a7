import { readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { pages, ROOT, textOf } from "./code-blocks.ts";

const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.startsWith("emulator"))
  .map((name) => textOf(join("src", name)));

/** The members of a union of strings. */
function unionOf(type: string): string[] {
  const [, members = ""] =
    sources.map((text) => new RegExp(`^export type ${type} =\\n([^;]*);`, "m").exec(text)).find((found) => found) ?? [];
  return [...members.matchAll(/"(\w+)"/g)].map(([, code = ""]) => code);
}

const ofTavus = unionOf("TavusErrorCode");
const ofDaily = unionOf("DailyErrorCode");
const ofClasses = sources.flatMap((text) =>
  [...text.matchAll(/readonly code = "(\w+)"/g)].map(([, code = ""]) => code),
);
const known = new Set([...ofTavus, ...ofDaily, ...ofClasses]);

/** The codes that a page names: in the first column of a table of them, and after the word "code" or an error's class. */
function namedIn(page: string): string[] {
  const text = textOf(page);
  const tables = [...text.matchAll(/^\| (?:you see|code) .*\|\n\| -.*\n((?:\|.*\n)+)/gm)].flatMap(([, rows = ""]) =>
    rows.split("\n").map((row) => row.split("|")[1] ?? ""),
  );
  const inTables = tables.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)]);
  const inProse = [...text.matchAll(/(?:[Cc]odes?|Error`?) `([a-z]\w+)`/g)];
  return [...inTables, ...inProse].map(([, code = ""]) => code);
}

describe("the error codes that the documents name", () => {
  it("are found in the sources at all", () => {
    expect(ofTavus).toContain("outOfCredits");
    expect(ofDaily).toContain("roomFull");
    expect(ofClasses).toContain("palUnfit");
  });

  it.each(pages())("%s names no code that does not exist", (page) => {
    expect(namedIn(page).filter((code) => !known.has(code))).toEqual([]);
  });

  it("README's table has codes of options, Tavus and the room, and the option palFit is none of them", () => {
    expect(namedIn("README.md")).toEqual(expect.arrayContaining(["invalidOption", "palUnfit", "unauthorized"]));
    expect(known).not.toContain("palFit");
  });

  it("the page about the API has all codes of the API", () => {
    const named = namedIn(join("docs", "tavus-api.md"));
    expect(ofTavus.filter((code) => !named.includes(code))).toEqual([]);
  });

  it("the README has all codes that keep a bot from joining", () => {
    const afterJoining = [
      "ejected",
      "messageTooLarge",
      "notJoined",
      "unknownParticipant",
      "trackFailed",
      "alreadyPublished",
      "requestFailed",
      "closed",
    ];
    const named = namedIn("README.md");
    expect(ofDaily.filter((code) => !named.includes(code) && !afterJoining.includes(code))).toEqual([]);
  });
});
