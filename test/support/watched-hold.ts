import type { CallFrame } from "../../src/transport/daily/chromium/call-frame.ts";
import type { holdBrowser } from "../../src/transport/daily/chromium/shared-browser.ts";

/** `holdBrowser` that tells of every frame a call gets: a call keeps it to itself. */
export function watchedHold(hold: typeof holdBrowser, onFrame: (frame: CallFrame) => unknown): typeof holdBrowser {
  return async (...options) => {
    const { browser, release } = await hold(...options);
    const openFrame: typeof browser.openFrame = async (roomUrl) => {
      const frame = await browser.openFrame(roomUrl);
      onFrame(frame);
      return frame;
    };
    return { browser: { ...browser, openFrame }, release };
  };
}
