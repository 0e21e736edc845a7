import { systemClock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import type { BridgeServer } from "./bridge-server.ts";
import type { BrowserProcess } from "./browser-process.ts";
import { CallFrame } from "./call-frame.ts";
import type { DevToolsEvent } from "./devtools.ts";

/** Calls that share a page, and so a process: what crashes one of them ends all of them. */
export const MOST_CALLS_AT_ONCE = 8;
/** A page that has had this many calls gets no more: what their frames leave behind in it goes when it closes. */
const MOST_CALLS_EVER = 200;
/** A page that has not opened a frame by then hangs: it gets no more calls, but those that it has may still speak. */
const OPEN_TIMEOUT_MS = 5000;
/** A page that has not closed a frame by then hangs, and would keep the call in its room. */
const CLOSE_TIMEOUT_MS = 3000;

/**
 * A page whose frames are calls to rooms of one place. It has a browser context, and so a renderer process, of its own.
 */
export class CallPage {
  readonly place: string;
  readonly #browser: BrowserProcess;
  readonly #bridge: BridgeServer;
  readonly #contextId: string;
  readonly #sessionId: string;
  readonly #frames = new Set<CallFrame>();
  readonly #listeners = new Set<(why: string) => void>();
  /** Frames that are opening. */
  #opening = 0;
  #opened = 0;
  #hangs = false;
  #isOpen = true;

  private constructor(
    browser: BrowserProcess,
    bridge: BridgeServer,
    place: string,
    contextId: string,
    sessionId: string,
  ) {
    this.#browser = browser;
    this.#bridge = bridge;
    this.place = place;
    this.#contextId = contextId;
    this.#sessionId = sessionId;
    this.onceGone(
      this.listen(({ method }) => {
        if (method === "Inspector.targetCrashed") this.#end("The page that hosts daily-js crashed.");
      }),
    );
    this.onceGone(
      browser.devTools.listen(({ method, params }) => {
        if (method === "Target.detachedFromTarget" && params.sessionId === sessionId)
          this.#end("The page that hosts daily-js was closed.");
      }),
    );
    this.onceGone(
      browser.onceGone(() => {
        this.#end("The browser that hosts daily-js is gone.");
      }),
    );
  }

  static async open(browser: BrowserProcess, bridge: BridgeServer, place: string): Promise<CallPage> {
    const { devTools } = browser;
    const context = await devTools.send("Target.createBrowserContext", { disposeOnDetach: true });
    const browserContextId = context.browserContextId as string;
    const path = bridge.documentPath("page", place);
    try {
      // Without it ICE omits 127.0.0.1.
      const permissions = ["audioCapture", "videoCapture"];
      await devTools.send("Browser.grantPermissions", { permissions, origin: bridge.origin, browserContextId });
      const { targetId } = await devTools.send("Target.createTarget", { url: "about:blank", browserContextId });
      const { sessionId } = await devTools.send("Target.attachToTarget", { targetId, flatten: true });
      const page = new CallPage(browser, bridge, place, browserContextId, sessionId as string);
      await page.send("Inspector.enable");
      await page.send("Page.navigate", { url: bridge.origin + path });
      await page.evaluate(
        `document.readyState === "complete" || new Promise((done) => { addEventListener("load", done); })`,
      );
      return page;
    } catch (thrown) {
      await dispose(browser, browserContextId);
      throw thrown;
    } finally {
      bridge.forgetDocument(path);
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether it takes another call. */
  get hasRoom(): boolean {
    const now = this.#frames.size + this.#opening;
    return this.#isOpen && !this.#hangs && now < MOST_CALLS_AT_ONCE && this.#opened < MOST_CALLS_EVER;
  }

  /** Calls the listener when the page is gone, with the reason. Returns what removes it. */
  onceGone(listener: (why: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async openFrame(): Promise<CallFrame> {
    this.#opening++;
    try {
      const opening = CallFrame.open(this, this.#bridge, `call-${++this.#opened}`);
      const frame = await withDeadline(systemClock, opening, OPEN_TIMEOUT_MS, "Opening a call frame");
      this.#frames.add(frame);
      return frame;
    } catch (thrown) {
      this.#hangs = true;
      if (this.#frames.size + this.#opening === 1) await this.close();
      throw thrown;
    } finally {
      this.#opening--;
    }
  }

  async closeFrame(frame: CallFrame): Promise<void> {
    if (!this.#frames.delete(frame) || !this.#isOpen) return;
    if (this.#frames.size + this.#opening > 0) {
      try {
        const closing = this.evaluate(`closeCall(${JSON.stringify(frame.name)})`);
        await withDeadline(systemClock, closing, CLOSE_TIMEOUT_MS, "Closing a call frame");
        return;
      } catch {
        this.#end("The page that hosts daily-js hung.");
      }
    }
    await this.close();
  }

  /** Calls the listener with the DevTools events of the page. Returns what removes it. */
  listen(listener: (event: DevToolsEvent) => void): () => void {
    return this.#browser.devTools.listen((event) => {
      if (event.sessionId === this.#sessionId) listener(event);
    });
  }

  /** Sends a DevTools command to the page. */
  send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#browser.devTools.send(method, params, this.#sessionId);
  }

  /** Runs JavaScript in the page, and waits for its promise. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const answer = (await this.send("Runtime.evaluate", options)) as {
      readonly result?: { readonly value?: unknown };
      readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
    };
    const { exceptionDetails: thrown } = answer;
    if (thrown) throw new Error(thrown.exception?.description ?? thrown.text);
    return answer.result?.value;
  }

  /** Closes the page with all its frames, whatever they do. Never rejects. */
  async close(): Promise<void> {
    this.#end("The page that hosts daily-js was closed.");
    await dispose(this.#browser, this.#contextId);
  }

  #end(why: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#browser.devTools.end(new Error(why), this.#sessionId);
    for (const listener of this.#listeners) listener(why);
    this.#listeners.clear();
  }
}

async function dispose(browser: BrowserProcess, browserContextId: string): Promise<void> {
  await browser.devTools.send("Target.disposeBrowserContext", { browserContextId }).catch(() => undefined);
}
