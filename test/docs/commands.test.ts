import { describe, expect, it } from "vitest";

import { cli } from "../cli/cli-harness.ts";
import { pages, textOf } from "./code-blocks.ts";

const manifest = JSON.parse(textOf("package.json")) as { name: string; scripts: Record<string, string> };

/** The scripts that a text tells its reader to run with npm. */
function npmScriptsIn(text: string): string[] {
  const named = [...text.matchAll(/\bnpm run(?: --silent)? ([\w:-]+)/g)].map(([, name = ""]) => name);
  return /\bnpm test\b/.test(text) ? [...named, "test"] : named;
}

/** The command lines of ours that a text shows, in a block or in inline code, without `tavus-transport` itself. */
function commandLinesIn(text: string): string[] {
  const shown = /(?:npx |^\$ |`)(?:npx )?tavus-transport ([a-z][^`\n#]*)/gm;
  return [...text.matchAll(shown)].map(([, line = ""]) => line.trim());
}

/** Runs `--help` of what the line names. Returns what is wrong: no such command, or no such option. */
async function problemsOf(line: string): Promise<string[]> {
  const words = line.split(/\s+/);
  const { stdout: overview } = await cli(["--help"]);
  const commands = [...overview.matchAll(/^ {2}([a-z][a-z-]*(?: [a-z-]+)?)(?= |$)/gm)].map(([, name = ""]) => name);
  const command = [words.slice(0, 2).join(" "), words[0] ?? ""].find((name) => commands.includes(name));
  if (command === undefined) return [`tavus-transport ${line}: no such command`];
  const { stdout: help } = await cli([...command.split(" "), "--help"]);
  const options = words.filter((word) => word.startsWith("--"));
  return options.filter((option) => !help.includes(option)).map((option) => `tavus-transport ${line}: no ${option}`);
}

describe("the commands that the documents name", () => {
  it.each(pages())("%s names no npm script that does not exist", (page) => {
    expect(npmScriptsIn(textOf(page)).filter((name) => !(name in manifest.scripts))).toEqual([]);
  });

  it.each(pages())("%s names no command or option of tavus-transport that does not exist", async (page) => {
    const problems = await Promise.all(commandLinesIn(textOf(page)).map(problemsOf));
    expect(problems.flat()).toEqual([]);
  });

  it("are found at all", () => {
    expect(npmScriptsIn(textOf("README.md"))).toEqual(expect.arrayContaining(["demo", "test"]));
    expect(commandLinesIn(textOf("README.md"))).toEqual(expect.arrayContaining(["doctor", "emulator"]));
  });
});

describe("the check of commands", () => {
  it("finds scripts in blocks and in prose", () => {
    expect(
      npmScriptsIn("Run `npm run api-report`.\n```sh\nnpm run --silent check:package # why\nnpm test\n```"),
    ).toEqual(["api-report", "check:package", "test"]);
  });

  it("finds command lines in blocks and in prose", () => {
    const text =
      "`tavus-transport pals list`\n```sh\nnpx tavus-transport doctor  # why\n$ npx tavus-transport faces list\n```";
    expect(commandLinesIn(text)).toEqual(["pals list", "doctor", "faces list"]);
  });

  it("rejects a command and an option that do not exist", async () => {
    expect(await problemsOf("conversations list --status ended")).toEqual([]);
    expect(await problemsOf("converse")).toEqual(["tavus-transport converse: no such command"]);
    expect(await problemsOf("emulator --seeds x")).toEqual(["tavus-transport emulator --seeds x: no --seeds"]);
  });
});
