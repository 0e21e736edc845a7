import { type Browser, chromium, type Page } from "playwright-core";

import { findBrowser } from "../../src/transport/daily/chromium/find-browser.ts";

/**
 * A headless browser as a person has it: a microphone that beeps, a camera that shows a moving picture, and permission
 * for both. `offersLoopback`: its WebRTC uses 127.0.0.1, which a person's does not.
 */
export async function launchPeopleBrowser({ offersLoopback }: { readonly offersLoopback: boolean }): Promise<Browser> {
  const { executablePath, env, isHeadlessShell } = await findBrowser(() => undefined);
  return await chromium.launch({
    executablePath,
    env: { ...(process.env as Record<string, string>), ...env },
    ignoreDefaultArgs: ["--headless", "--headless=old"],
    args: [
      ...(isHeadlessShell ? [] : ["--headless=new"]),
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      ...(offersLoopback
        ? ["--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns"]
        : []),
    ],
  });
}

/** A page of its own context, with the permissions a person grants to that origin. */
export async function newPersonPage(browser: Browser, origin: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  await context.grantPermissions(["microphone", "camera"], { origin });
  return await context.newPage();
}
