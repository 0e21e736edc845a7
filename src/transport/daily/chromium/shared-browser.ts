import { join } from "node:path";

import type { Browser, BrowserContext, BrowserType, Page } from "playwright-core";

import { systemClock } from "../../../util/clock.ts";
import { asError } from "../../../util/errors.ts";
import { DailyCallError } from "../daily-errors.ts";
import { BridgeServer } from "./bridge-server.ts";
import { browserEnvironment } from "./browser-environment.ts";
import { type BrowserFolder, makeBrowserFolder, sweepBrowserFolders } from "./browser-folder.ts";
import { findBrowser } from "./find-browser.ts";

/** All calls share the launch; each call waits for it with a shorter deadline of its own. */
const LAUNCH_TIMEOUT_MS = 120_000;

const FLAGS = [
  // A media element may play before anyone has clicked.
  "--autoplay-policy=no-user-gesture-required",
  // Pages in the background must not be slowed down.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--mute-audio",
  "--no-first-run",
  // Local rooms connect over 127.0.0.1, which Chromium otherwise omits, or hides behind a multicast name.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

/** One browser of this process, and the bridge that its pages connect to. It lives as long as it has a holder. */
export interface SharedBrowser {
  readonly bridge: BridgeServer;
  /** The version of the browser, as "138.0.7204.49". */
  readonly version: string;
  /** Opens a page in a context of its own. */
  newPage(): Promise<{ readonly context: BrowserContext; readonly page: Page }>;
  /** Calls the listener when the browser is gone. Returns what removes it. */
  onceDisconnected(listener: () => void): () => void;
}

interface Held {
  readonly browser: Browser;
  readonly folder: BrowserFolder;
  readonly shared: SharedBrowser;
}

/** A running or starting browser, and how many holders it has. */
interface Shared {
  readonly held: Promise<Held>;
  holders: number;
}

/** The browser for the next holder. One that died is replaced, while its holders still release it. */
let current: Shared | undefined;

/**
 * Holds the browser of this process, starting it for the first holder. The last `release` closes it; a holder across calls
 * keeps it warm.
 */
export async function holdBrowser(
  onProgress: (message: string) => void = () => undefined,
): Promise<{ readonly browser: SharedBrowser; release(): Promise<void> }> {
  const mine = (current ??= { held: start(onProgress), holders: 0 });
  mine.holders++;
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    mine.holders--;
    if (mine.holders > 0) return;
    if (current === mine) current = undefined;
    const held = await mine.held.catch(() => undefined);
    await held?.browser.close().catch(() => undefined);
    await held?.folder.remove();
    await held?.shared.bridge.close();
  };
  try {
    const { browser, shared } = await mine.held;
    browser.once("disconnected", () => {
      if (current === mine) current = undefined;
    });
    return { browser: shared, release };
  } catch (thrown) {
    if (current === mine) current = undefined;
    mine.holders--;
    throw thrown;
  }
}

async function start(onProgress: (message: string) => void): Promise<Held> {
  const playwright = await loadPlaywright();
  const binary = await findBrowser(onProgress);
  warnWithoutSandbox(onProgress);
  const bridge = await BridgeServer.start();
  void sweepBrowserFolders(systemClock.wallMs());
  const folder = await makeBrowserFolder();
  try {
    // Only a persistent context takes a folder for the profile; the calls get contexts of their own.
    const first = await playwright.chromium.launchPersistentContext(join(folder.path, "profile"), {
      executablePath: binary.executablePath,
      artifactsDir: folder.path,
      env: { ...browserEnvironment(process.env), ...binary.env },
      timeout: LAUNCH_TIMEOUT_MS,
      // The application handles signals, not the browser driver.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      ignoreDefaultArgs: ["--headless", "--headless=old"],
      args: [...FLAGS, ...(binary.isHeadlessShell ? [] : ["--headless=new"]), ...sandboxFlags()],
    });
    const browser = first.browser();
    if (!browser) {
      await first.close();
      throw new Error("The browser driver has no browser for its context.");
    }
    // The context opens with an empty page, which costs a renderer process.
    for (const page of first.pages()) await page.close();
    browser.once("disconnected", () => {
      void folder.remove();
    });
    return { browser, shared: share(browser, bridge), folder };
  } catch (thrown) {
    await bridge.close();
    await folder.remove();
    const reason = asError(thrown).message.split("\n")[0] ?? "";
    throw new DailyCallError(
      "runtimeUnavailable",
      `The browser at ${binary.executablePath} did not start: ${reason}. Set CHROME_PATH to another Chrome or Chromium.`,
      { cause: thrown },
    );
  }
}

function share(browser: Browser, bridge: BridgeServer): SharedBrowser {
  return {
    bridge,
    version: browser.version(),
    async newPage() {
      const context = await browser.newContext();
      // The headless shell has no other way to grant it, and without it ICE omits 127.0.0.1.
      await context.grantPermissions(["microphone", "camera"], { origin: bridge.origin });
      return { context, page: await context.newPage() };
    },
    /** Calls the listener when the browser is gone. Returns what removes it. */
    onceDisconnected(listener) {
      browser.once("disconnected", listener);
      return () => browser.off("disconnected", listener);
    },
  };
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Chromium refuses to run as root with its sandbox on. */
function sandboxFlags(): string[] {
  return isRoot() ? ["--no-sandbox"] : [];
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

async function loadPlaywright(): Promise<{ readonly chromium: BrowserType }> {
  try {
    return await import("playwright-core");
  } catch (thrown) {
    throw new DailyCallError(
      "runtimeUnavailable",
      'The chromium runtime drives its browser through the package playwright-core. Install it with "npm install playwright-core".',
      { cause: thrown },
    );
  }
}
