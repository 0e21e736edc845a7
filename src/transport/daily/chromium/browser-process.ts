import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

import { systemClock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import { browserEnvironment } from "./browser-environment.ts";
import { DevTools } from "./devtools.ts";
import type { BrowserBinary } from "./find-browser.ts";

/** All calls share the launch; each call waits for it with a shorter deadline of its own. */
const LAUNCH_TIMEOUT_MS = 120_000;
/** A browser that has not exited by then is killed. */
const CLOSE_TIMEOUT_MS = 3000;
/** Of what a browser says while it starts, this much is kept: the reason why it does not is at the end. */
const KEPT_OUTPUT = 4000;

const FLAGS = [
  "--remote-debugging-pipe",
  // A media element may play before anyone has clicked.
  "--autoplay-policy=no-user-gesture-required",
  // Pages in the background must not be slowed down.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  // Nothing that a browser does for people: no traffic of its own, no dialogs, no keychain of the desktop.
  "--disable-background-networking",
  "--disable-breakpad",
  "--disable-client-side-phishing-detection",
  "--disable-component-extensions-with-background-pages",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-field-trial-config",
  "--disable-hang-monitor",
  "--disable-search-engine-choice-screen",
  "--disable-sync",
  "--metrics-recording-only",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-service-autorun",
  "--password-store=basic",
  "--use-mock-keychain",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--mute-audio",
  // Local rooms connect over 127.0.0.1, which Chromium otherwise omits, or hides behind a multicast name.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns,GlobalMediaControls,MediaRouter,OptimizationHints,Translate",
];

interface Handle {
  ref(): void;
  unref(): void;
}

/** A running browser without a page, and the connection that controls it. It exits when this process does, however it does. */
export class BrowserProcess {
  readonly devTools: DevTools;
  /** The version, as "138.0.7204.49". */
  readonly version: string;
  readonly #child: ChildProcess;
  readonly #handles: readonly Handle[];
  readonly #exited: Promise<unknown>;
  readonly #listeners = new Set<() => void>();

  private constructor(child: ChildProcess, devTools: DevTools, version: string, exited: Promise<unknown>) {
    this.#child = child;
    this.#handles = [child, ...(child.stdio.filter((stream) => stream !== null) as unknown as Handle[])];
    this.devTools = devTools;
    this.version = version;
    this.#exited = exited;
    void exited.then(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** Starts the browser with its profile in that folder; rejects with what it says when it does not start. */
  static async start(binary: BrowserBinary, profile: string): Promise<BrowserProcess> {
    const args = [
      ...FLAGS,
      binary.isHeadlessShell ? "--headless" : "--headless=new",
      ...(isRoot() ? ["--no-sandbox"] : []),
      `--user-data-dir=${profile}`,
    ];
    const child = spawn(binary.executablePath, args, {
      env: { ...browserEnvironment(process.env), ...binary.env },
      // Its own group: the application handles signals of the terminal, not the browser.
      detached: process.platform !== "win32",
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    const [, , errorOutput, input, output] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
    let said = "";
    errorOutput.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
    });
    const devTools = new DevTools(input, output);
    const exited = once(child, "exit").catch((thrown: unknown) => {
      said = String(thrown);
    });
    void exited.then(() => {
      devTools.end(new Error(`The browser has exited. ${said.trim().split("\n").at(-1) ?? ""}`.trim()));
    });
    try {
      const asked = devTools.send("Browser.getVersion");
      const { product } = await withDeadline(systemClock, asked, LAUNCH_TIMEOUT_MS, "Starting the browser");
      return new BrowserProcess(child, devTools, String(product).replace(/^.*\//, ""), exited);
    } catch (thrown) {
      kill(child);
      throw thrown;
    }
  }

  /** The process that leads the session of all its processes. */
  get id(): number | undefined {
    return this.#child.pid;
  }

  /** Calls the listener when the browser has exited. Returns what removes it. */
  onceGone(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether the browser keeps this process from ending: it does while it starts and while it closes. */
  keepsAlive(wanted: boolean): void {
    for (const handle of this.#handles) {
      if (wanted) handle.ref();
      else handle.unref();
    }
  }

  /** Asks the browser to exit, and kills it when it does not. Never rejects. */
  async close(): Promise<void> {
    this.keepsAlive(true);
    // Not answered when it exits at once.
    this.devTools.send("Browser.close").catch(() => undefined);
    await withDeadline(systemClock, this.#exited, CLOSE_TIMEOUT_MS, "Closing the browser").catch(() => undefined);
    kill(this.#child);
    await this.#exited;
  }
}

/** Without its sandbox: Chromium refuses to run as root with it. */
export const isRoot = (): boolean => process.getuid?.() === 0;

/** Ends the browser and the processes that it has started. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just exited.
  }
}
