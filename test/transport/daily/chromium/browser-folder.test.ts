import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { makeBrowserFolder, sweepBrowserFolders } from "../../../../src/transport/daily/chromium/browser-folder.ts";

const AN_HOUR_MS = 3_600_000;

describe.skipIf(process.platform === "win32")("the folder of a browser", () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), "browser-folder-test-"));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true, force: true });
  });

  /** What a process leaves that was killed: a folder with a profile, and a socket that nobody listens on any more. */
  async function leftBehind(name: string): Promise<string> {
    const path = join(temporary, `tavus-transport-browser-${name}`);
    mkdirSync(join(path, "profile", "Default"), { recursive: true });
    writeFileSync(join(path, "profile", "Default", "Cookies"), "x");
    const listen = `require("node:net").createServer().listen(process.argv[1], () => process.stdout.write("up"))`;
    const owner = spawn(process.execPath, ["-e", listen, join(path, "owner.sock")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(owner.stdout, "data");
    owner.kill("SIGKILL");
    await once(owner, "exit");
    expect(existsSync(join(path, "owner.sock"))).toBe(true);
    return path;
  }
  const sweep = (nowMs = Date.now() + AN_HOUR_MS): Promise<void> => sweepBrowserFolders(nowMs, temporary);

  it("exists until it is removed; removing it twice is harmless", async () => {
    const folder = await makeBrowserFolder();
    expect(existsSync(folder.path)).toBe(true);
    await folder.remove();
    await folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });

  it("is not swept while its process lives, however old it is", async () => {
    const folder = await makeBrowserFolder();
    await sweepBrowserFolders(Date.now() + 1000 * AN_HOUR_MS);
    expect(existsSync(folder.path)).toBe(true);
    await folder.remove();
  });

  it("works, and is never swept, where the path is too long for a socket", async () => {
    const long = join(temporary, "x".repeat(100));
    mkdirSync(long);
    vi.stubEnv("TMPDIR", long);
    const folder = await makeBrowserFolder();
    expect(folder.path.startsWith(long)).toBe(true);
    await sweepBrowserFolders(Date.now() + AN_HOUR_MS, long);
    expect(existsSync(folder.path)).toBe(true);
    await folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });

  it("is swept when its process is gone", async () => {
    const path = await leftBehind("a");
    await sweep();
    expect(existsSync(path)).toBe(false);
  });

  it("is not swept in its first minute: its process may not listen yet", async () => {
    const path = await leftBehind("a");
    await sweep(Date.now() + 30_000);
    expect(existsSync(path)).toBe(true);
  });

  it("is not swept when it is a link, or not a folder of ours", async () => {
    const elsewhere = join(temporary, "precious");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "file"), "x");
    const link = join(temporary, "tavus-transport-browser-link");
    symlinkSync(elsewhere, link);
    utimesSync(elsewhere, 0, 0);
    await sweep();
    expect(existsSync(join(elsewhere, "file"))).toBe(true);
    expect(existsSync(link)).toBe(true);
  });

  it("sweeping does nothing where there is no temporary folder", async () => {
    await expect(sweepBrowserFolders(Date.now(), join(temporary, "none"))).resolves.toBeUndefined();
  });
});
