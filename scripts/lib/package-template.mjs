// `npm create tavus-bot` from the packed tarballs: what it makes installs, builds, holds its types, passes its own test, and serves.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startBackground } from "./background.mjs";

const FOLDER = "My bot";

function expect(holds, what, found) {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(found)}`);
}

/** Packs create-tavus-bot, makes a project with it and installs the project's packages; resolves with the project's folder. */
export async function scaffold({ root, work, tarball, npm }) {
  const parent = join(work, "template");
  mkdirSync(parent);
  await npm(["pack", "--pack-destination", parent], join(root, "create-tavus-bot"));
  const packed = readdirSync(parent).find((file) => file.endsWith(".tgz"));
  const create = (...args) =>
    npm(["exec", "--yes", `--package=${join(parent, packed)}`, "--", "create-tavus-bot", ...args], parent);
  await create(FOLDER, "--tavus-transport", `file:${tarball}`);
  const again = await create(FOLDER).then(
    () => "made it a second time",
    ({ message }) => message,
  );
  expect(again.includes("is not empty"), "A folder that is not empty", again);
  const bot = join(parent, FOLDER);
  await npm(["install", "--no-audit", "--no-fund", "--prefer-offline"], bot);
  return bot;
}

/** Runs what the project's README names, with the packages that are installed in its folder. */
export async function runTemplate(bot, { npm, env }) {
  await npm(["run", "build"], bot);
  await Promise.all([npm(["run", "typecheck"], bot), npm(["test"], bot), serve(bot, env)]);
}

/** Starts the server, gets the page and a bot, and expects SIGTERM to end both. */
async function serve(bot, env) {
  const server = startBackground(process.execPath, ["server.ts"], { cwd: bot, env: { ...env, PORT: "0" } });
  let end;
  try {
    const url = await server.until("the server starts", ({ stdout }) => /Open (\S+)/.exec(stdout)?.[1]);
    const page = await fetch(url);
    expect(page.ok && (await page.text()).includes("/assets/"), "GET /", page.status);
    const started = await fetch(`${url}/start`, { method: "POST" });
    const { dailyRoom, sessionId } = await started.json();
    expect(started.ok && dailyRoom.endsWith(sessionId), "POST /start", { dailyRoom, sessionId });
  } finally {
    end = await server.stop("SIGTERM");
  }
  expect(end.code === 0 && /^c\w+ has ended/m.test(end.stdout) && end.stderr === "", "The server after SIGTERM", end);
}
