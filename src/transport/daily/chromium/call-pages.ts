import type { Clock } from "../../../util/clock.ts";
import type { BridgeServer } from "./bridge-server.ts";
import type { BrowserProcess } from "./browser-process.ts";
import type { CallFrame } from "./call-frame.ts";
import { CallPage } from "./call-page.ts";
import { placeOf } from "./place.ts";
import { SpareFrame } from "./spare-frame.ts";

/**
 * The call pages of one browser. A call gets the spare frame of its place, or a new one: in a page that has room, or in a
 * new page.
 */
export class CallPages {
  readonly #browser: BrowserProcess;
  readonly #bridge: BridgeServer;
  readonly #clock: Clock;
  /** By place; those that are opening, too. */
  readonly #pages = new Map<string, Promise<CallPage>[]>();
  readonly #spares = new Map<string, SpareFrame>();

  constructor(browser: BrowserProcess, bridge: BridgeServer, clock: Clock) {
    this.#browser = browser;
    this.#bridge = bridge;
    this.#clock = clock;
  }

  async openFrame(roomUrl: string): Promise<CallFrame> {
    const place = placeOf(roomUrl);
    return (await this.#spares.get(place)?.take()) ?? (await this.#open(place));
  }

  /** Keeps a spare frame for rooms of the same place. Resolves when it is ready, with what ends it. */
  async keepSpare(roomUrl: string): Promise<() => Promise<void>> {
    const place = placeOf(roomUrl);
    const spare = this.#spares.get(place) ?? new SpareFrame(() => this.#open(place), this.#clock);
    this.#spares.set(place, spare);
    await spare.hold();
    return async () => {
      await spare.release();
      if (!spare.isHeld && this.#spares.get(place) === spare) this.#spares.delete(place);
    };
  }

  async #open(place: string): Promise<CallFrame> {
    for (const opening of this.#pages.get(place) ?? []) {
      const page = await opening.catch(() => undefined);
      if (page?.hasRoom !== true) continue;
      const frame = await page.openFrame().catch(() => undefined);
      if (frame) return frame;
    }
    const opening = CallPage.open(this.#browser, this.#bridge, place);
    const pages = [...(this.#pages.get(place) ?? []), opening];
    this.#pages.set(place, pages);
    const forget = (): void => {
      this.#pages.set(
        place,
        (this.#pages.get(place) ?? []).filter((other) => other !== opening),
      );
    };
    try {
      const page = await opening;
      page.onceGone(forget);
      return await page.openFrame();
    } catch (thrown) {
      forget();
      throw thrown;
    }
  }
}
