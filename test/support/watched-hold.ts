import type { Page } from "playwright-core";

import type { holdBrowser } from "../../src/transport/daily/chromium/shared-browser.ts";

/** `holdBrowser` that tells of every page a call opens, before the page goes anywhere: a call keeps its page to itself. */
export function watchedHold(hold: typeof holdBrowser, onPage: (page: Page) => unknown): typeof holdBrowser {
  return async (onProgress) => {
    const { browser, release } = await hold(onProgress);
    const newPage: typeof browser.newPage = async () => {
      const opened = await browser.newPage();
      onPage(opened.page);
      return opened;
    };
    return { browser: Object.create(browser, { newPage: { value: newPage } }) as typeof browser, release };
  };
}
