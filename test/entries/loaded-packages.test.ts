import { expect, test } from "vitest";

import { runChild } from "../support/child.ts";

const WEB_SERVER = ["@hono/node-server", "hono"];

interface Loaded {
  readonly loaded: readonly string[];
  readonly error?: string;
}

async function load(specifier: string, ...hidden: string[]): Promise<Loaded> {
  const script = new URL("./fixtures/load.ts", import.meta.url);
  const env = { NODE_OPTIONS: "--conditions=tavus-transport-source" };
  const { answer, stderr } = await runChild(script, [specifier, ...hidden], { env });
  if (answer === undefined) throw new Error(stderr);
  return answer as Loaded;
}

test.concurrent("a bot loads neither the emulator's web server, nor daily-js, nor WebRTC before it joins", async () => {
  expect(await load("tavus-transport", ...WEB_SERVER)).toEqual({ loaded: ["eventemitter3", "zod"] });
});

test.concurrent("the Tavus API alone loads no more than it needs", async () => {
  expect(await load("tavus-transport/api", ...WEB_SERVER)).toEqual({ loaded: ["eventemitter3", "zod"] });
});

test.concurrent("the emulator loads its web server when it starts", async () => {
  const { loaded, error } = await load("tavus-transport/emulator");
  expect(error).toBeUndefined();
  expect(loaded).toEqual(expect.arrayContaining(WEB_SERVER));
});

test.concurrent("an emulator without its web server names the packages to install", async () => {
  const { error } = await load("tavus-transport/emulator", ...WEB_SERVER);
  expect(error).toBe(
    'MissingPackageError: The emulator needs the packages hono and @hono/node-server. Run "npm install hono @hono/node-server".',
  );
});
