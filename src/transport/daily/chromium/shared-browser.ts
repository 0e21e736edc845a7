import type { Browser, BrowserContext, BrowserType, Page } from "playwright-core";

import { asError } from "../../../util/errors.ts";
import { DailyCallError } from "../daily-errors.ts";
import { BridgeServer } from "./bridge-server.ts";
import { findBrowser } from "./find-browser.ts";

const LAUNCH_TIMEOUT_MS = 30_000;

const FLAGS = [
  // A media element may play without anybody having clicked.
  "--autoplay-policy=no-user-gesture-required",
  // Pages that nobody looks at must not be slowed down.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--mute-audio",
  "--no-first-run",
  // Local rooms connect over 127.0.0.1, which Chromium otherwise leaves out, or hides behind a multicast name.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

/** One browser of this process, and the bridge its pages talk to. Lives as long as somebody holds it. */
export interface SharedBrowser {
  readonly bridge: BridgeServer;
  readonly version: string;
  /** Process ids are not shared by playwright for a piped browser; this tells whether it still runs. */
  readonly connected: boolean;
  newPage(): Promise<{ readonly context: BrowserContext; readonly page: Page }>;
  onceDisconnected(listener: () => void): () => void;
}

interface Held {
  readonly browser: Browser;
  readonly shared: SharedBrowser;
}

let starting: Promise<Held> | undefined;
let holders = 0;

/**
 * Takes hold of the process's browser, starting it if nobody has. The last one to call `release` closes it; holding one
 * across calls keeps it warm.
 */
export async function holdBrowser(
  onProgress: (message: string) => void = () => undefined,
): Promise<{ readonly browser: SharedBrowser; release(): Promise<void> }> {
  holders++;
  starting ??= start(onProgress);
  const mine = starting;
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    holders--;
    if (holders > 0) return;
    if (starting === mine) starting = undefined;
    const held = await mine.catch(() => undefined);
    await held?.browser.close().catch(() => undefined);
    await held?.shared.bridge.close();
  };
  try {
    const { browser, shared } = await mine;
    // A browser that was killed is replaced for the next one who asks.
    browser.once("disconnected", () => {
      if (starting === mine) starting = undefined;
    });
    return { browser: shared, release };
  } catch (thrown) {
    if (starting === mine) starting = undefined;
    holders--;
    throw thrown;
  }
}

async function start(onProgress: (message: string) => void): Promise<Held> {
  const playwright = await loadPlaywright();
  const binary = await findBrowser(onProgress);
  const bridge = await BridgeServer.start();
  try {
    const browser = await playwright.chromium.launch({
      executablePath: binary.executablePath,
      env: { ...stringsOf(process.env), ...binary.env },
      timeout: LAUNCH_TIMEOUT_MS,
      // The application decides what a signal means, not the browser driver.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      ignoreDefaultArgs: ["--headless", "--headless=old"],
      args: [...FLAGS, ...(binary.isHeadlessShell ? [] : ["--headless=new"]), ...sandboxFlags()],
    });
    return { browser, shared: share(browser, bridge) };
  } catch (thrown) {
    await bridge.close();
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
    get connected() {
      return browser.isConnected();
    },
    async newPage() {
      const context = await browser.newContext();
      // The headless shell has no other way to grant it, and without it ICE leaves 127.0.0.1 out.
      await context.grantPermissions(["microphone", "camera"], { origin: bridge.origin });
      return { context, page: await context.newPage() };
    },
    onceDisconnected(listener) {
      browser.once("disconnected", listener);
      return () => browser.off("disconnected", listener);
    },
  };
}

/** Chromium refuses to run as root with its sandbox on. */
function sandboxFlags(): string[] {
  return process.getuid?.() === 0 ? ["--no-sandbox"] : [];
}

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
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
