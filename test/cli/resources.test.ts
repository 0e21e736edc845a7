import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { newConversationName } from "../../src/api/conversations/conversation-name.ts";
import { ConversationJournal } from "../../src/api/journal/index.ts";
import { systemClock } from "../../src/util/clock.ts";
import { serveApi, type ServedApi } from "../emulator/api/serve-api.ts";
import { cli, envOf, type CliOptions } from "./cli-harness.ts";

let served: ServedApi;
beforeEach(async () => void (served = await serveApi()));
afterEach(() => served[Symbol.asyncDispose]());

function run(line: string, options: CliOptions = {}) {
  return cli(line.split(" "), { ...options, env: { ...envOf(served), ...options.env } });
}

async function create(conversation_name: string, more: object = {}): Promise<string> {
  const body = { conversation_name, pal_id: "pipecat0", face_id: "r90bbd427f71", ...more };
  const response = await served.request("POST", "/conversations", body);
  return ((await response.json()) as { conversation_id: string }).conversation_id;
}

describe("conversations", () => {
  it("are listed by status, active by default", async () => {
    const [first, second] = [await create("first"), await create("second")];
    await served.request("POST", `/conversations/${first}/end`);
    const active = await run("conversations list");
    expect(active.code).toBe(0);
    expect(active.stdout).toMatch(/^ID +STATUS +CREATED +MINUTES +NAME\n/);
    expect(active.stdout).toContain(second);
    expect(active.stdout).not.toContain(first);
    expect((await run("conversations list --status all --json")).json()).toHaveLength(2);
    expect((await run("conversations list --status ended --json")).json()).toMatchObject([{ conversationId: first }]);
    await run(`conversations end ${second}`);
    expect((await run("conversations list")).stdout).toBe("No active conversations.");
  });

  it("are listed with their minutes and what they cost, and summed up against the plan's limit", async () => {
    const [first, second, ended] = [await create("first"), await create("second"), await create("ended")];
    await served.request("POST", `/conversations/${ended}/end`);
    const later = { ...systemClock, wallMs: () => systemClock.wallMs() + 90_000 };
    const { stdout } = await run("conversations list --status all --price 0.5 --currency USD --max-concurrent 3", {
      clock: later,
    });
    expect(stdout).toMatch(/^ID +STATUS +CREATED +MINUTES +COST +NAME\n/);
    expect(stdout).toMatch(new RegExp(`${first} +active +\\S+ +1\\.5 +0\\.7\\d USD +first`));
    expect(stdout).toMatch(new RegExp(`${second} +active +\\S+ +1\\.5 +0\\.7\\d USD +second`));
    expect(stdout).toMatch(new RegExp(`${ended} +ended +\\S+ +- +- +ended`));
    expect(stdout).toMatch(/\n\n2 of 3 open, 3\.\d min, 1\.5\d USD until now\.$/);
    const fromEnv = { env: { TAVUS_PRICE_PER_MINUTE: "2" }, clock: later };
    const listed = (await run("conversations list --json", fromEnv)).json() as { minutes: number; money: number }[];
    expect(listed).toHaveLength(2);
    for (const { minutes, money } of listed) expect(money).toBeCloseTo(minutes * 2);
    expect((await run("conversations list")).stdout).toMatch(/\n2 open, 0\.\d min until now\.$/);
  });

  it.each(["--price free", "--price -1", "--max-concurrent 0"])("are not listed with %s", async (option) => {
    const { code, stderr } = await run(`conversations list ${option}`);
    expect(code).toBe(2);
    expect(stderr).toContain(option.split(" ")[0]);
  });

  it("are shown with their events and without the token that opens the room", async () => {
    const id = await create("private", { require_auth: true });
    await served.request("POST", `/conversations/${id}/end`);
    for (const json of ["", " --json"]) {
      const { code, stdout } = await run(`conversations show ${id}${json}`);
      expect(code).toBe(0);
      expect(stdout).toContain("system.shutdown");
      expect(stdout).not.toContain("token-of-");
    }
  });

  it("that do not exist cause exit code 1 and the server's message", async () => {
    const { code, stderr, stdout } = await run("conversations show c0");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("Invalid conversation_id");
  });

  it("are ended with progress for people and a result for scripts", async () => {
    const ids = [await create("a"), await create("b"), await create("c")];
    const people = await run(`conversations end ${ids[0]} ${ids[1]}`);
    expect(people.stderr).toContain(`2/2  ended ${ids[1]}`);
    expect(people.stdout).toBe("2 conversations ended.");
    const script = await run(`conversations end ${ids[2]} --json`);
    expect([script.json(), script.stderr]).toEqual([{ ended: [ids[2]], failed: [] }, ""]);
    expect(served.state.openConversations).toBe(0);
  });

  it("that cannot be ended cause exit code 1 and do not stop the others from being ended", async () => {
    const id = await create("a");
    served.state.faults.next({
      method: "POST",
      path: "/conversations/broken/end",
      status: 403,
      body: { message: "no" },
    });
    const { code, json } = await run(`conversations end broken ${id} --json`);
    expect(code).toBe(1);
    expect(json()).toMatchObject({ ended: [id], failed: [{ conversationId: "broken" }] });
    expect(served.state.openConversations).toBe(0);
  });

  it("are all ended after a confirmation, or without one with --yes", async () => {
    await create("a");
    await create("b");
    expect(await run("conversations end-all")).toMatchObject({ code: 2 });
    const no = await run("conversations end-all", { answers: ["n"] });
    expect([no.code, no.asked]).toEqual([1, ["End 2 conversations?"]]);
    expect(served.state.openConversations).toBe(2);
    expect(await run("conversations end-all", { answers: ["y"] })).toMatchObject({ code: 0 });
    expect(served.state.openConversations).toBe(0);
    await create("c");
    expect(await run("conversations end-all --yes")).toMatchObject({ code: 0, asked: [] });
    expect((await run("conversations end-all")).stdout).toBe("0 conversations ended.");
  });

  it("cannot control the terminal through their names", async () => {
    await create("\u001b[2J\u202Eevil\nname");
    const { stdout } = await run("conversations list");
    expect(stdout).not.toMatch(/[\u001b\u202E]/);
    expect(stdout.split("\n")).toHaveLength(4);
  });
});

type Entry = Record<string, unknown>;

describe("conversations sweep", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "journal-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const entryFiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".json"));

  async function leftOpen(): Promise<string> {
    const child = spawn(process.execPath, ["--eval", "0"]);
    await once(child, "exit");
    const id = await create("left");
    await new ConversationJournal({ path: folder, apiKey: served.state.apiKey, apiUrl: served.apiUrl }).opened(id, 600);
    const [name = ""] = entryFiles();
    const entry = JSON.parse(readFileSync(join(folder, name), "utf8")) as object;
    writeFileSync(
      join(folder, name),
      JSON.stringify({ ...entry, pid: child.pid, startedAt: undefined, presence: undefined }),
    );
    return id;
  }

  it("ends conversations that killed bots left open, by the journal of the environment or the option", async () => {
    for (const options of [
      { line: "conversations sweep", env: { TAVUS_JOURNAL: folder } },
      { line: `conversations sweep --journal ${folder}`, env: {} },
    ]) {
      const id = await leftOpen();
      const { code, stdout } = await run(options.line, { env: options.env });
      expect([code, stdout]).toEqual([0, `Ended ${id}.\n1 conversation ended, 0 failed, 0 left alone.`]);
      expect(served.state.openConversations).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("ends a conversation left open before its id was known", async () => {
    const name = newConversationName();
    const id = await leftOpen();
    const [file = ""] = entryFiles();
    const { conversationId: _id, ...entry } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Entry;
    writeFileSync(join(folder, file), JSON.stringify({ ...entry, creationId: "1", conversationName: "left" }));
    const found = await run("conversations sweep --json", { env: { TAVUS_JOURNAL: folder } });
    expect(found.json()).toEqual({ ended: [id], failed: [], kept: 0 });
    expect(served.state.openConversations).toBe(0);

    writeFileSync(join(folder, file), JSON.stringify({ ...entry, creationId: "1", conversationName: name }));
    served.state.faults.next({ path: "/conversations", status: 403, times: Infinity });
    const failed = await run("conversations sweep", { env: { TAVUS_JOURNAL: folder } });
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining(name)]);
  });

  it("leaves conversations of another key alone and counts them for scripts", async () => {
    await leftOpen();
    const other = await run("conversations sweep --json", { env: { TAVUS_JOURNAL: folder, TAVUS_API_KEY: "other" } });
    expect(other.json()).toEqual({ ended: [], failed: [], kept: 1 });
    expect(served.state.openConversations).toBe(1);
  });

  it("needs a journal", async () => {
    expect(await run("conversations sweep")).toMatchObject({ code: 2 });
  });
});

describe("pals and faces", () => {
  it("are listed and shown, for people and for scripts", async () => {
    expect((await run("pals list")).stdout).toMatch(/^ID +NAME +PIPELINE +FACE\n/);
    expect((await run("pals list --json")).json()).toContainEqual(expect.objectContaining({ palId: "pipecat0" }));
    expect((await run("pals list --type user")).stdout).toBe("No PALs.");
    expect((await run("faces list")).stdout).toContain("r90bbd427f71");
    expect((await run("faces show r90bbd427f71 --json")).json()).toMatchObject({ faceId: "r90bbd427f71" });
    expect((await run("faces show r90bbd427f71")).stdout).toMatch(/^faceId +r90bbd427f71$/m);
  });

  it("show whether a bot can speak through a PAL", async () => {
    const { stdout } = await run("pals show pipecat0");
    expect(stdout).toContain('audioDelivery "messages": fits.');
    expect(stdout).toContain('audioDelivery "track": The PAL pipecat0');
    expect((await run("pals show pipecat0 --json")).json()).toMatchObject({ fit: { messages: { level: "ok" } } });
  });

  it("are deleted after a confirmation; an unknown id causes exit code 1", async () => {
    const made = await served.request("POST", "/pals", {
      pal_name: "mine",
      default_face_id: "r90bbd427f71",
      pipeline_mode: "echo",
    });
    const { pal_id: id } = (await made.json()) as { pal_id: string };
    expect(await run(`pals delete ${id}`)).toMatchObject({ code: 2 });
    expect(await run(`pals delete ${id}`, { answers: ["n"] })).toMatchObject({ code: 1 });
    expect(await run(`pals delete ${id}`, { answers: ["y"] })).toMatchObject({ code: 0, stdout: `Deleted ${id}.` });
    const again = await run("pals delete p-nowhere --yes --json");
    expect(again.code).toBe(1);
    expect(again.json()).toMatchObject({ deleted: [], failed: [{ palId: "p-nowhere" }] });
  });
});

describe("the key", () => {
  it("is asked for by service when it is not in the environment, and never printed", async () => {
    const { apiKey } = served.state;
    const { code, asked, stdout, stderr } = await run("faces list", { env: { TAVUS_API_KEY: "" }, answers: [apiKey] });
    expect([code, asked]).toEqual([0, [`API key for ${served.apiUrl} (not shown): `]]);
    expect(stdout + stderr).not.toContain(apiKey);
  });

  it("causes exit code 1 when it is wrong, and is not printed", async () => {
    const { code, stdout, stderr } = await run("faces list", { env: { TAVUS_API_KEY: "wrong-key-1234" } });
    expect(code).toBe(1);
    expect(stderr).toContain("401");
    expect(stdout + stderr).not.toContain("wrong-key-1234");
  });
});

it("ends a long command on Ctrl-C with exit code 130", async () => {
  const controller = new AbortController();
  served.state.faults.next({ path: "/conversations", delayMs: 20_000 });
  const running = run("conversations list", { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("interrupted")), 50);
  expect(await running).toMatchObject({ code: 130, stderr: "Interrupted." });
});
