import { join } from "node:path";

import { systemClock } from "../../../util/clock.ts";
import { asError } from "../../../util/errors.ts";
import { DailyCallError } from "../daily-errors.ts";
import { BridgeServer } from "./bridge-server.ts";
import { type BrowserFolder, makeBrowserFolder, sweepBrowserFolders } from "./browser-folder.ts";
import { BrowserProcess, isRoot } from "./browser-process.ts";
import type { CallFrame } from "./call-frame.ts";
import { CallPages } from "./call-pages.ts";
import { findBrowser } from "./find-browser.ts";

/** One browser of this process. It lives as long as it has a holder. */
export interface SharedBrowser {
  /** The version of the browser, as "138.0.7204.49". */
  readonly version: string;
  readonly processId: number | undefined;
  /** A frame for a call in the room at that URL: the spare one, or a new one. */
  openFrame(roomUrl: string): Promise<CallFrame>;
}

/** A share of the browser. */
export interface BrowserHold {
  readonly browser: SharedBrowser;
  release(): Promise<void>;
}

export interface HoldOptions {
  /** The URL of a room, or any URL of its place: keeps a frame ready for the next call there. */
  readonly spareFor?: string;
  /** Whether this process may not end while the browser is held. Default true; it never ends while the browser starts. */
  readonly keepsAlive?: boolean;
}

interface Running {
  readonly process: BrowserProcess;
  readonly bridge: BridgeServer;
  readonly folder: BrowserFolder;
  readonly pages: CallPages;
}

/** A running or starting browser, and how many holders it has. */
interface Shared {
  readonly running: Promise<Running>;
  holders: number;
  /** Holders that keep this process from ending. */
  keepers: number;
}

/** The browser for the next holder. One that died is replaced, while its holders still release it. */
let current: Shared | undefined;

/**
 * Holds the browser of this process, starting it for the first holder. The last `release` closes it; a holder across calls
 * keeps it warm, and a spare frame with it when asked to.
 */
export async function holdBrowser(
  onProgress: (message: string) => void = () => undefined,
  { spareFor, keepsAlive = true }: HoldOptions = {},
): Promise<BrowserHold> {
  const mine = (current ??= { running: start(onProgress), holders: 0, keepers: 0 });
  mine.holders++;
  mine.keepers++;
  let isKeeper = true;
  const endKeeping = ({ process }: Running): void => {
    if (!isKeeper) return;
    isKeeper = false;
    mine.keepers--;
    if (mine.keepers === 0) process.keepsAlive(false);
  };
  let endSpare: () => Promise<void> = () => Promise.resolve();
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    await endSpare();
    const isLast = --mine.holders === 0;
    if (isLast && current === mine) current = undefined;
    const running = await mine.running.catch(() => undefined);
    if (running) endKeeping(running);
    if (!isLast) return;
    await running?.process.close();
    await running?.folder.remove();
    await running?.bridge.close();
  };
  try {
    const running = await mine.running;
    const { process, pages } = running;
    process.keepsAlive(true);
    process.onceGone(() => {
      if (current === mine) current = undefined;
    });
    if (spareFor !== undefined) endSpare = await pages.keepSpare(spareFor);
    if (!keepsAlive) endKeeping(running);
    const browser = {
      version: process.version,
      processId: process.id,
      openFrame: (roomUrl: string) => pages.openFrame(roomUrl),
    };
    return { browser, release: () => (released ??= release()) };
  } catch (thrown) {
    await mine.running.catch(() => {
      if (current === mine) current = undefined;
    });
    await release();
    throw thrown;
  }
}

async function start(onProgress: (message: string) => void): Promise<Running> {
  const binary = await findBrowser(onProgress);
  warnWithoutSandbox(onProgress);
  void sweepBrowserFolders(systemClock.wallMs());
  const [bridge, folder] = await Promise.all([BridgeServer.start(), makeBrowserFolder()]);
  try {
    const process = await BrowserProcess.start(binary, join(folder.path, "profile"));
    process.onceGone(() => {
      void folder.remove();
    });
    return { process, bridge, folder, pages: new CallPages(process, bridge, systemClock) };
  } catch (thrown) {
    await bridge.close();
    await folder.remove();
    const reason = asError(thrown).message;
    throw new DailyCallError(
      "runtimeUnavailable",
      `The browser at ${binary.executablePath} did not start: ${reason} Set CHROME_PATH to another Chrome or Chromium.`,
      { cause: thrown },
    );
  }
}

let warnedWithoutSandbox = false;

function warnWithoutSandbox(onProgress: (message: string) => void): void {
  if (!isRoot() || warnedWithoutSandbox) return;
  warnedWithoutSandbox = true;
  onProgress(
    "Chromium runs without its sandbox, because this process is root. To have the sandbox, run the bot as another user " +
      "(in a container: USER node).",
  );
}
