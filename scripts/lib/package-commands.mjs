// Runs every command of the installed command line against an emulator that it starts itself.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBackground } from "./background.mjs";
import { capture } from "./process.mjs";

const PACKAGE = join("node_modules", "tavus-transport");
const FACE_ID = "r90bbd427f71";

function expect(holds, what, found) {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(found)}`);
}

/** Creates something in the emulator's account over plain HTTP. */
async function post({ apiUrl, apiKey }, path, body) {
  const response = await fetch(`${apiUrl}${path}`, {
    method: "POST",
    headers: { "x-api-key": apiKey, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  expect(response.ok, `POST ${path}`, answer);
  return answer;
}

/** Lists every command except `emulator`: its arguments, and a check of its JSON. The order matters: commands end what they find. */
async function commandRuns(emulator, project) {
  const converse = async () =>
    (await post(emulator, "/conversations", { replica_id: FACE_ID, persona_id: "pipecat0" })).conversation_id;
  const conversation = await converse();
  await converse();
  const { persona_id: pal } = await post(emulator, "/personas", { persona_name: "P", system_prompt: "Be." });
  const script = join(project, "bye.chat");
  writeFileSync(script, "user: Bye!\nbot: See you soon!\n");
  const isOpen = (found) => found.length === 2 && found.every(({ status }) => status === "active");
  return {
    // In an emulator of its own.
    chat: [["chat", join("examples", "scripted-bot.ts"), "--script", script], ({ ok }) => ok],
    doctor: [["doctor"], ({ ok, checks }) => ok && checks.every(({ level }) => level !== "fail")],
    "conversations list": [["conversations", "list"], isOpen],
    "conversations show": [["conversations", "show", conversation], (found) => found.status === "active"],
    "conversations end": [["conversations", "end", conversation], ({ ended }) => ended.includes(conversation)],
    "conversations end-all": [["conversations", "end-all", "--yes"], ({ ended }) => ended.length === 1],
    "conversations sweep": [["conversations", "sweep"], () => true, { TAVUS_JOURNAL: join(project, "journal") }],
    "pals list": [["pals", "list"], (found) => found.some(({ palId }) => palId === pal)],
    "pals show": [["pals", "show", pal], ({ palId }) => palId === pal],
    "pals delete": [["pals", "delete", "--yes", pal], ({ deleted }) => deleted.includes(pal)],
    "faces list": [["faces", "list"], (found) => found.some(({ faceId }) => faceId === FACE_ID)],
    "faces show": [["faces", "show", FACE_ID], ({ faceId }) => faceId === FACE_ID],
  };
}

/** Reads the names of all commands from the overview. */
function commandNames(overview) {
  return [...overview.matchAll(/^ {2}([a-z][a-z-]*(?: [a-z-]+)?)(?: <[^>]+>…?)? {2,}\S/gm)].map(([, name]) => name);
}

/**
 * Runs every command with this Node, and with the environment `env`, in a project with the package installed. Calls
 * `during` while the emulator runs, with the variables that a bot needs.
 */
export async function runCommands({ node, project, env, during }) {
  const main = join(project, PACKAGE, "dist", "cli", "main.js");
  const run = async (args, more = {}) => {
    const { code, output, stdout } = await capture(node, [main, ...args], { cwd: project, env: { ...env, ...more } });
    if (code !== 0) throw new Error(`tavus-transport ${args.join(" ")}: exit code ${String(code)}\n${output}`);
    return stdout;
  };
  const { version } = JSON.parse(readFileSync(join(project, PACKAGE, "package.json"), "utf8"));
  expect((await run(["--version"])).trim() === version, "--version", version);

  const background = startBackground(node, [main, "emulator", "--port", "0", "--json"], { cwd: project, env });
  try {
    const said = await background.until("the emulator starts", ({ stdout }) => /^\{.*\}$/m.exec(stdout)?.[0]);
    const emulator = JSON.parse(said);
    const variables = {
      TAVUS_API_URL: emulator.apiUrl,
      TAVUS_API_KEY: emulator.apiKey,
      TAVUS_FACE_ID: emulator.faceId,
    };
    const runs = await commandRuns(emulator, project);
    const listed = commandNames(await run(["--help"]));
    const missing = listed.filter((name) => name !== "emulator" && !Object.hasOwn(runs, name));
    expect(listed.length > 1 && missing.length === 0, "Commands that scripts/lib/package-commands.mjs lacks", missing);
    for (const [name, [args, holds, more]] of Object.entries(runs)) {
      const answer = JSON.parse(await run([...args, "--json"], { ...variables, ...more }));
      expect(holds(answer), `tavus-transport ${name} --json`, answer);
    }
    await during?.(emulator, variables);
  } finally {
    const { code, stderr } = await background.stop();
    expect(code === 0, "tavus-transport emulator, after Ctrl-C", { code, stderr });
  }
}
