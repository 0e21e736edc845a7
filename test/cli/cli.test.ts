import { describe, expect, it } from "vitest";

import { cli } from "./cli-harness.ts";

const COMMANDS = [
  "emulator",
  "doctor",
  "conversations list",
  "conversations show",
  "conversations end",
  "conversations end-all",
  "conversations sweep",
  "pals list",
  "pals show",
  "pals delete",
  "faces list",
  "faces show",
];

describe("the command line", () => {
  it("lists all commands when asked to and when no command is given", async () => {
    for (const argv of [["--help"], ["help"], ["-h"]]) {
      const { code, stdout } = await cli(argv);
      expect(code).toBe(0);
      for (const name of COMMANDS) expect(stdout).toContain(name);
    }
    expect(await cli([])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("doctor") as string });
  });

  it.each(COMMANDS)("prints the options of %s", async (name) => {
    const { code, stdout } = await cli([...name.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`tavus-transport ${name}`);
    expect(stdout).toContain("--json");
  });

  it("lists the commands of a group", async () => {
    expect(await cli(["pals", "--help"])).toMatchObject({ code: 0 });
    const { code, stderr } = await cli(["pals"]);
    expect(code).toBe(2);
    expect(stderr).toContain("pals delete");
    expect(stderr).not.toContain("faces");
  });

  it("logs at the level of TAVUS_TRANSPORT_LOG, and warns once about an unknown one", async () => {
    // A server that nothing listens at: the command fails, and its request is a debug line.
    const env = { TAVUS_API_KEY: "k", TAVUS_API_URL: "http://127.0.0.1:9/v2" };
    const list = (level?: string) => cli(["faces", "list"], { env: { ...env, TAVUS_TRANSPORT_LOG: level } });
    expect((await list("debug")).stderr).toContain("Tavus GET /faces outcome=failed");
    expect((await list()).stderr).not.toContain("outcome=");
    const { stderr } = await list("loud");
    expect(stderr.match(/TAVUS_TRANSPORT_LOG: must be one of/g)).toHaveLength(1);
  });

  it("prints its version", async () => {
    expect((await cli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    [["nonsense"], /no command "nonsense"/],
    [["conversations", "nonsense"], /conversations list/],
    [["conversations", "list", "--nonsense"], /--nonsense/],
    [["conversations", "list", "extra"], /takes no arguments/],
    [["conversations", "show"], /takes <id>/],
    [["conversations", "show", "a", "b"], /takes <id>/],
    [["conversations", "end"], /takes <id>…/],
    [["conversations", "list", "--status", "gone"], /--status must be active or ended or all/],
    [["pals", "list", "--type", "x"], /--type must be user or system/],
    [["emulator", "--port", "70000"], /--port must be a whole number/],
    [["emulator", "--port", "x"], /--port must be a whole number/],
    [["emulator", "--port", " "], /--port must be a whole number/],
    [["emulator", "--pal", "soon"], /--pal must be/],
    [["emulator", "--fail-create", "418"], /--fail-create must be 400 or 401/],
    [["emulator", "--fail-pal", "cough"], /--fail-pal must be freeze or leave or credits/],
    [["emulator", "--recover-after", "soon"], /--recover-after must be a whole number/],
    [["conversations", "list", "--api-url", "ftp://x"], /apiUrl/],
  ])("rejects %j with exit code 2 and names the problem", async (argv, words) => {
    const { code, stdout, stderr } = await cli(argv, { env: { TAVUS_API_KEY: "k" } });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(words);
  });

  it.each([["--api-key"], ["--key=secret"], ["--x-api-key"], ["--apikey"]])(
    "rejects a key given as %s",
    async (option) => {
      const { code, stderr } = await cli(["conversations", "list", option, "secret"]);
      expect(code).toBe(2);
      expect(stderr).toContain("never an argument");
      expect(stderr).not.toContain("secret");
    },
  );

  it("reports a missing key when it cannot ask for one", async () => {
    const { code, stderr } = await cli(["faces", "list"]);
    expect(code).toBe(1);
    expect(stderr).toContain("TAVUS_API_KEY");
  });
});
