import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { newConversationName } from "../../../src/api/conversations/conversation-name.ts";
import { TavusConnectionError, TavusStatusError } from "../../../src/api/errors.ts";
import {
  ConversationJournal,
  type ConversationJournalOptions,
  JournalFolderError,
} from "../../../src/api/journal/index.ts";
import { readProcessIdentity, isGone } from "../../../src/api/journal/process-identity.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { TestLogger } from "../../transport/frames.ts";
import { until } from "../../support/until.ts";

const API_URL = "https://tavus.test/v2";
const KEY = "the-api-key-itself";

let folder: string;
let path: string;
let clock: VirtualClock;
let logger: TestLogger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(folder, "state", "conversations");
  clock = new VirtualClock();
  logger = new TestLogger();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function journal(options: Partial<ConversationJournalOptions> = {}): ConversationJournal {
  return new ConversationJournal({ path, apiUrl: API_URL, apiKey: KEY, clock, logger, ...options });
}

/** Ends conversations, or fails. */
class Ender {
  readonly ended: string[] = [];
  failing = false;

  endConversation(id: string): Promise<void> {
    if (this.failing) return Promise.reject(new Error("no network"));
    this.ended.push(id);
    return Promise.resolve();
  }
}

interface Listed {
  readonly conversationId: string;
  readonly conversationName: string;
  readonly createdAt?: string;
}

/** Also lists active conversations. */
class Account extends Ender {
  active: Listed[] = [];
  listFailing = false;
  whileListing: () => Promise<unknown> = () => Promise.resolve();

  has(conversationId: string, conversationName: string, createdMs = clock.wallMs()): void {
    this.active.push({ conversationId, conversationName, createdAt: new Date(createdMs).toISOString() });
  }

  async listConversations(): Promise<readonly Listed[]> {
    if (this.listFailing) throw new Error("no list");
    const { active } = this;
    await this.whileListing();
    return active;
  }
}

/** Rewrites the entries as if another process had written them. */
function rewrite(change: (entry: Record<string, unknown>) => object): void {
  for (const name of entryFiles()) {
    const entry = JSON.parse(readFileSync(join(path, name), "utf8")) as Record<string, unknown>;
    writeFileSync(join(path, name), JSON.stringify({ ...entry, ...change(entry) }));
  }
}

/** Makes an entry identify its process by its process id only, as on systems without sockets. */
const NUMBER_ONLY = { startedAt: undefined, presence: undefined };

/** The names of the entry files in the folder. */
function entryFiles(): string[] {
  return readdirSync(path).filter((name) => name.endsWith(".json"));
}

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["--eval", "0"]);
  await once(child, "exit");
  return child.pid ?? 0;
}

/**
 * Ends reads of a pipe without a writer. Opening the pipe for reading and writing unblocks the readers' open; closing
 * it ends their reads. Repeated, because a read that waits for a thread opens the pipe later than the others.
 */
async function endReads(pipe: string, reads: readonly Promise<unknown>[]): Promise<void> {
  let over = false;
  void Promise.all(reads).then(() => (over = true));
  await until("the reads are over", () => {
    closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
    return over;
  });
}

describe("the journal", () => {
  it("has one file per open conversation, readable by its owner only and without the key", async () => {
    const one = journal();
    await one.opened("c1", 60);
    await one.opened("c2", 60);
    const names = entryFiles();
    expect(names).toHaveLength(2);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of names) {
      expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(path, name), "utf8")).not.toContain(KEY);
    }
    await one.ended("c1");
    await one.ended("c1");
    expect((await one.entries()).map(({ conversationId }) => conversationId)).toEqual(["c2"]);
  });

  it("ends a conversation that an ended process left open, once", async () => {
    await journal().opened("c1", 60);
    const pid = await deadPid();
    rewrite(() => ({ pid, ...NUMBER_ONLY }));
    const api = new Ender();
    expect(await journal().sweep(api)).toEqual({ ended: ["c1"], failed: [], kept: 0 });
    expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 0 });
    expect(api.ended).toEqual(["c1"]);
  });

  it("leaves conversations of running processes alone, including this one's", async () => {
    await journal().opened("c1", 60);
    const api = new Ender();
    expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
    expect(api.ended).toEqual([]);
  });

  it("distinguishes a process from a later one with the same process id", async () => {
    await journal().opened("c1", 60);
    rewrite(({ startedAt }) => ({ presence: undefined, startedAt: `${String(startedAt)}0` }));
    const api = new Ender();
    await journal().sweep(api);
    expect(api.ended).toEqual(["c1"]);
  });

  it.each([
    ["another key", { apiKey: "another" }, {}],
    ["another API", { apiUrl: "http://127.0.0.1:1/v2" }, {}],
    ["another machine", {}, { host: `not-${hostname()}` }],
  ])("leaves alone entries of %s", async (_what, options, change) => {
    await journal().opened("c1", 60);
    const pid = await deadPid();
    rewrite(() => ({ pid, ...NUMBER_ONLY, ...change }));
    const api = new Ender();
    expect(await journal(options).sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
    expect(api.ended).toEqual([]);
    expect(entryFiles()).toHaveLength(1);
  });

  it("removes entries of any owner a month after they expire if no sweep could end or check them", async () => {
    await journal().opened("c1", 60);
    const api = new Ender();
    await clock.advance(61_000 + 10 * 60_000);
    expect(await journal({ apiKey: "another" }).sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
    await clock.advance(30 * 24 * 3600_000);
    expect(await journal({ apiKey: "another" }).sweep(api)).toEqual({ ended: [], failed: [], kept: 0 });
    expect([api.ended, entryFiles()]).toEqual([[], []]);
  });

  describe("with a clock that is a day ahead", () => {
    const DAY_MS = 24 * 3600_000;

    it("still ends a conversation of an ended process", async () => {
      await journal().opened("c1", 60);
      const pid = await deadPid();
      rewrite(() => ({ pid, ...NUMBER_ONLY }));
      await clock.advance(DAY_MS);
      expect(await journal().sweep(new Ender())).toEqual({ ended: ["c1"], failed: [], kept: 0 });
    });

    it.each([
      ["runs", {}],
      ["cannot be seen from here", { host: "elsewhere", presence: undefined }],
    ])("neither ends nor removes an active conversation of a process that %s", async (_what, change) => {
      await journal().opened("c1", 60);
      rewrite(() => change);
      await clock.advance(DAY_MS);
      const api = new Account();
      api.has("c1", "any");
      expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
      expect(await journal().sweep(new Ender())).toEqual({ ended: [], failed: [], kept: 1 });
      api.active = [];
      expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 0 });
      expect([api.ended, entryFiles()]).toEqual([[], []]);
    });
  });

  it("ends conversations that its own process has given up, by id or by name", async () => {
    const one = journal();
    await one.opened("c1", 60);
    await one.abandoned("c1");
    await one.abandoned("unknown");
    const name = newConversationName();
    await one.creating(name, 60, () => Promise.reject(new Error("?"))).catch(() => undefined);
    const api = new Account();
    api.has("c2", name);
    const { ended } = await one.sweep(api);
    expect([...ended].sort()).toEqual(["c1", "c2"]);
    expect(entryFiles()).toEqual([]);
  });

  it("keeps a conversation that cannot be ended for the next sweep", async () => {
    await journal().opened("c1", 60);
    const pid = await deadPid();
    rewrite(() => ({ pid, ...NUMBER_ONLY }));
    const api = new Ender();
    api.failing = true;
    expect(await journal().sweep(api)).toMatchObject({ ended: [], failed: [{ conversationId: "c1" }] });
    api.failing = false;
    expect(await journal().sweep(api)).toMatchObject({ ended: ["c1"] });
  });

  it("ignores foreign and partial files, and removes partial ones after an hour", async () => {
    await journal().opened("c1", 60);
    const partial = join(path, `.${"0".repeat(32)}.123.tmp`);
    const fresh = join(path, `.${"1".repeat(32)}.123.tmp`);
    for (const file of [partial, fresh]) writeFileSync(file, "{");
    utimesSync(partial, 0, 0);
    utimesSync(fresh, clock.wallMs() / 1000, clock.wallMs() / 1000);
    writeFileSync(join(path, `${"2".repeat(32)}.json`), "{ not JSON");
    writeFileSync(join(path, `${"3".repeat(32)}.json`), '{"conversationId":"c9"}');
    writeFileSync(join(path, "notes.txt"), "mine");
    await journal().sweep(new Ender());
    expect((await journal().entries()).map(({ conversationId }) => conversationId)).toEqual(["c1"]);
    expect(readdirSync(path)).not.toContain(`.${"0".repeat(32)}.123.tmp`);
    expect(readdirSync(path).filter((name) => !name.endsWith(".sock"))).toHaveLength(5);
  });

  it("logs one warning and fails nothing when it cannot be kept", async () => {
    mkdirSync(join(folder, "state"));
    writeFileSync(path, "a file where the folder should be");
    const one = journal();
    await one.opened("c1", 60);
    await one.ended("c1");
    expect(await one.sweep(new Ender())).toEqual({ ended: [], failed: [], kept: 0 });
    expect(logger.warnings()).toHaveLength(1);
    expect(logger.warnings()[0]).toContain("TAVUS_JOURNAL");
  });

  it("does not wait forever for a disk that hangs", async () => {
    // This pipe has no writer, so every read holds one of the threads that all file operations need.
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const threads = Array.from({ length: 4 }, () => readFile(pipe));
    let goneOn = false;
    const opening = journal()
      .opened("c1", 60)
      .then(() => (goneOn = true));
    await until("it waits", () => clock.pendingTimers === 1);
    await clock.advance(2999);
    expect(goneOn).toBe(false);
    await clock.advance(1);
    await opening;
    expect(logger.warnings()).toHaveLength(1);
    await endReads(pipe, threads);
  });

  it("does not restore an entry by a late write after the conversation has ended", async () => {
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const threads = Array.from({ length: 4 }, () => readFile(pipe));
    const one = journal();
    const opening = one.opened("c1", 60);
    await until("it waits", () => clock.pendingTimers === 1);
    await clock.advance(3000);
    await opening;
    const ending = one.ended("c1");
    await endReads(pipe, threads);
    await ending;
    // The same number of steps again, so that a late write would have finished unless something held it back.
    await one.opened("c2", 60);
    await one.ended("c2");
    expect(entryFiles()).toEqual([]);
  });

  it("ignores a pipe, a folder or a link named like an entry without waiting for it", async () => {
    await journal().opened("c1", 60);
    spawnSync("mkfifo", [join(path, `${"4".repeat(32)}.json`), join(path, `.${"4".repeat(32)}.1.tmp`)]);
    mkdirSync(join(path, `${"5".repeat(32)}.json`));
    mkdirSync(join(path, `.${"5".repeat(32)}.1.tmp`));
    const [own = ""] = entryFiles().filter((name) => !/^[45]+\.json$/.test(name));
    symlinkSync(join(path, own), join(path, `${"6".repeat(32)}.json`));
    await clock.advance(2 * 3600_000);
    const one = journal();
    expect((await one.entries()).map(({ conversationId }) => conversationId)).toEqual(["c1"]);
    await one.sweep(new Ender());
    await one.opened("c2", 60);
    expect(await one.entries()).toHaveLength(2);
    expect(logger.warnings()).toEqual([]);
  });

  describe("in a folder that others can write to", () => {
    beforeEach(() => mkdirSync(path, { recursive: true }));

    it("makes it private when it contains nothing but the journal", async () => {
      chmodSync(path, 0o777);
      await journal().opened("c1", 60);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      chmodSync(path, 0o770);
      expect(await journal().entries()).toHaveLength(1);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(logger.warnings()).toEqual([]);
    });

    it.each([
      ["contains other files", 0o777, () => writeFileSync(join(path, "notes.txt"), "mine")],
      ["has the sticky bit, like /tmp", 0o1777, () => undefined],
    ])("refuses a folder that %s, and acts on nothing in it", async (_what, mode, prepare) => {
      await journal().opened("c1", 60);
      const pid = await deadPid();
      rewrite(() => ({ pid, ...NUMBER_ONLY }));
      prepare();
      chmodSync(path, mode);
      await expect(journal().entries()).rejects.toThrow(JournalFolderError);
      await expect(journal().entries()).rejects.toMatchObject({ code: "journalFolder", path });
      const api = new Ender();
      await journal().sweep(api);
      await journal().opened("c2", 60);
      expect([api.ended, entryFiles().length, statSync(path).mode & 0o7777]).toEqual([[], 1, mode]);
      expect(logger.warnings()).toHaveLength(2);
      expect(JSON.stringify(logger.lines)).toContain("chmod go-w");
    });

    it("accepts one that others can only read, because entries are readable by their owner only", async () => {
      chmodSync(path, 0o755);
      await journal().opened("c1", 60);
      expect(statSync(path).mode & 0o777).toBe(0o755);
      expect(logger.warnings()).toEqual([]);
    });
  });

  it("can be kept by many processes at once without losing entries", async () => {
    const code = `
      const { ConversationJournal } = await import(${JSON.stringify(new URL("../../../src/api/journal/index.ts", import.meta.url).href)});
      const journal = new ConversationJournal({ path: process.argv[1], apiUrl: ${JSON.stringify(API_URL)}, apiKey: ${JSON.stringify(KEY)} });
      for (let i = 0; i < 30; i++) {
        await journal.opened("c" + process.pid + "-" + i, 60);
        if (i % 2) await journal.ended("c" + process.pid + "-" + i);
      }`;
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ["--input-type=module", "--eval", code, path], {
        stdio: ["ignore", "inherit", "inherit"],
      }),
    );
    const exits = Promise.all(children.map((child) => once(child, "exit")));
    // A sweep in the meantime must not remove an entry of a running process.
    const api = new Ender();
    await journal().sweep(api);
    expect((await exits).map(([code]) => code as number)).toEqual([0, 0, 0]);
    expect(await journal().entries()).toHaveLength(45);
    expect((await journal().sweep(api)).ended).toHaveLength(45);
  }, 20_000);
});

describe("a conversation that is being created", () => {
  const NEVER = Promise.withResolvers<{ conversationId: string }>().promise;

  /** The entry of a process that was killed before it had an answer. */
  async function killed(name: string, of = 1): Promise<void> {
    void journal().creating(name, 60, () => NEVER);
    await until("it is written down", async () => (await journal().entries()).length === of);
    const pid = await deadPid();
    rewrite((entry) => (entry.pid === process.pid ? { pid, ...NUMBER_ONLY } : {}));
  }

  const names = async (): Promise<(string | undefined)[]> =>
    (await journal().entries()).map((entry) => entry.conversationId ?? entry.conversationName);

  it("is on disk by its name before it is requested, and by its id afterwards", async () => {
    let before: (string | undefined)[] = [];
    const created = await journal().creating("mine", 60, async () => {
      before = await names();
      return { conversationId: "c1", conversationUrl: "https://d.daily.co/c1" };
    });
    expect(created.conversationUrl).toBe("https://d.daily.co/c1");
    expect(before).toEqual(["mine"]);
    expect(await names()).toEqual(["c1"]);
    expect(entryFiles()).toHaveLength(1);
  });

  it("is removed when it never opened, as in test mode", async () => {
    await journal().creating("mine", 60, () => Promise.resolve({ conversationId: "c1", status: "ended" }));
    expect(await names()).toEqual([]);
  });

  it("has its own entry when it has the name of another", async () => {
    const first = Promise.withResolvers<{ conversationId: string }>();
    const creating = journal().creating("same", 60, () => first.promise);
    await journal().creating("same", 60, () => Promise.resolve({ conversationId: "c2" }));
    expect((await names()).sort()).toEqual(["c2", "same"]);
    first.resolve({ conversationId: "c1" });
    await creating;
    expect((await names()).sort()).toEqual(["c1", "c2"]);
  });

  const ended = new TavusStatusError("serverError", "500.", { status: 500 });
  ended.orphan = "ended";
  const notFound = new TavusStatusError("serverError", "500.", { status: 500 });
  notFound.orphan = "notFound";
  it.each([
    ["certainly created nothing", new TavusStatusError("outOfCredits", "402.", { status: 402 }), []],
    ["was never sent", new InvalidOptionError("faceId", "must be text."), []],
    ["did not reach the server", new TavusConnectionError("unreachable", "No.", { delivered: "no" }), []],
    ["left a conversation that was ended", ended, []],
    ["may have left a conversation that was not found", notFound, ["mine"]],
    ["had no answer", new TavusConnectionError("timeout", "Late.", { delivered: "unknown" }), ["mine"]],
    ["failed for an unknown reason", new Error("?"), ["mine"]],
  ])("is removed only when no conversation can be open: the creation %s", async (_what, error, left) => {
    await expect(journal().creating("mine", 60, () => Promise.reject(error))).rejects.toBe(error);
    expect(await names()).toEqual(left);
  });

  it("is created even when nothing can be written", async () => {
    mkdirSync(join(folder, "state"));
    writeFileSync(path, "a file where the folder should be");
    const created = await journal().creating("mine", 60, () => Promise.resolve({ conversationId: "c1" }));
    expect([created.conversationId, logger.warnings().length]).toEqual(["c1", 1]);
  });

  it("is found by its name and ended, once, after its process has ended", async () => {
    const name = newConversationName();
    await killed(name);
    const api = new Account();
    api.has("other", "another");
    api.has("c1", name, 0);
    expect(await journal().sweep(api)).toEqual({ ended: ["c1"], failed: [], kept: 0 });
    expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 0 });
    expect(api.ended).toEqual(["c1"]);
  });

  it("is left alone while its process runs", async () => {
    const name = newConversationName();
    void journal().creating(name, 60, () => NEVER);
    await until("it is written down", async () => (await journal().entries()).length === 1);
    const api = new Account();
    api.has("c1", name);
    expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
  });

  it("is looked for again while it may still come into existence", async () => {
    const name = newConversationName();
    await killed(name);
    const api = new Account();
    expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
    await clock.advance(2 * 60_000);
    expect(await journal().sweep(api)).toMatchObject({ kept: 1 });
    await clock.advance(1000);
    expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 0 });
    expect(readdirSync(path)).toEqual([]);
  });

  it("stays for the next sweep when the list or the end fails, and without a list", async () => {
    const name = newConversationName();
    await killed(name);
    const api = new Account();
    api.has("c1", name);
    api.listFailing = true;
    expect(await journal().sweep(api)).toMatchObject({ failed: [{ conversationName: name }], kept: 0 });
    api.listFailing = false;
    api.failing = true;
    expect(await journal().sweep(api)).toMatchObject({ failed: [{ conversationId: "c1" }], kept: 0 });
    expect(await journal().sweep(new Ender())).toEqual({ ended: [], failed: [], kept: 1 });
    api.failing = false;
    expect(await journal().sweep(api)).toMatchObject({ ended: ["c1"], failed: [] });
  });

  describe("with a name that is not unique", () => {
    const minutes = (count: number): number => clock.wallMs() + count * 60_000;

    it("is ended if it is the only candidate from that time", async () => {
      await killed("support");
      const api = new Account();
      api.has("before", "support", minutes(-2));
      api.has("after", "support", minutes(4));
      api.has("c1", "support");
      expect(await journal().sweep(api)).toEqual({ ended: ["c1"], failed: [], kept: 0 });
    });

    it("is not ended when there are several candidates", async () => {
      await killed("support");
      const api = new Account();
      api.has("c1", "support");
      api.has("c2", "support");
      expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 1 });
      await clock.advance(5 * 60_000);
      expect(await journal().sweep(api)).toMatchObject({ ended: [], kept: 1 });
    });

    it("is not confused with a conversation whose owner learned its id during the listing", async () => {
      await killed("support");
      const api = new Account();
      api.has("c1", "support");
      api.has("c2", "support");
      api.whileListing = () => journal().opened("c2", 60);
      expect(await journal().sweep(api)).toMatchObject({ ended: ["c1"] });
    });

    it("is left alone while another of that name is being created", async () => {
      await killed("support");
      void journal().creating("support", 60, () => NEVER);
      await until("both are written down", async () => (await journal().entries()).length === 2);
      const api = new Account();
      api.has("c1", "support");
      expect(await journal().sweep(api)).toEqual({ ended: [], failed: [], kept: 2 });
    });

    it("is ended once when two creations were left and one conversation exists", async () => {
      await killed("support");
      await killed("support", 2);
      const api = new Account();
      api.has("c1", "support");
      expect(await journal().sweep(api)).toEqual({ ended: ["c1"], failed: [], kept: 1 });
    });
  });
});

describe("the owner of an entry", () => {
  it("is the key and the API, however its URL is spelled", async () => {
    await journal({ apiUrl: "HTTPS://Tavus.Test:443/v2//", apiKey: ` ${KEY}\n` }).opened("c1", 60);
    expect(await journal().entries()).toHaveLength(1);
    await journal().ended("c1");
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("a process", () => {
  it("is gone once it is killed, even before its parent reads its exit code, and not before", async () => {
    expect(await isGone(await readProcessIdentity(process.pid), folder)).toBe(false);
    // The shell starts a child, prints its process id and never waits for it.
    const shell = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [said] = (await once(shell.stdout, "data")) as [Buffer];
      const pid = Number(said.toString());
      const identity = await readProcessIdentity(pid);
      expect(await isGone(identity, folder)).toBe(false);
      process.kill(pid, "SIGKILL");
      await until("it is gone", () => isGone(identity, folder));
    } finally {
      shell.kill("SIGKILL");
    }
  });

  it.each([
    ["another PID namespace", { pidNamespace: "1" }],
    ["another boot, or another machine of that name", { bootId: "another" }],
    ["a version that did not record its PID namespace", { pidNamespace: undefined }],
  ])("of %s is not judged by its process id", async (_what, change) => {
    if (process.platform !== "linux") return;
    const dead = { ...(await readProcessIdentity(process.pid)), pid: await deadPid(), startedAt: undefined };
    expect(await isGone(dead, folder)).toBe(true);
    expect(await isGone({ ...dead, ...change }, folder)).toBe(false);
  });
});

describe.runIf(process.platform === "linux")("a process with a socket in the folder", () => {
  const source = (name: string): string => new URL(`../../../src/api/journal/${name}`, import.meta.url).href;
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** Starts a process, through `wrapper`, that opens c1 in the journal, reports it and keeps running. */
  async function bot(wrapper: readonly string[] = []): Promise<ChildProcess> {
    const code = `
      const { ConversationJournal } = await import(${JSON.stringify(source("index.ts"))});
      const journal = new ConversationJournal({ path: process.argv[1], apiUrl: ${JSON.stringify(API_URL)}, apiKey: ${JSON.stringify(KEY)} });
      await journal.opened("c1", 60);
      console.log("open");
      setInterval(() => {}, 1000);`;
    const words: string[] = [...wrapper, process.execPath];
    const [command = "", ...args] = words;
    const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code, path];
    const child = spawn(command, [...args, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  const sweep = async (): Promise<readonly string[]> => (await journal().sweep(new Ender())).ended;

  it("is alive while it answers, whatever its process id, namespace, boot and host suggest", async () => {
    await bot();
    rewrite(() => ({ pid: 2 ** 22 + 1, startedAt: "x", pidNamespace: "1", bootId: "b", host: "elsewhere" }));
    expect(await sweep()).toEqual([]);
  });

  it("is alive while it is stopped or too busy to accept connections", async () => {
    const child = await bot();
    child.kill("SIGSTOP");
    expect(await sweep()).toEqual([]);
  });

  it("is gone after its death, even if its process id runs again", async () => {
    const child = await bot();
    child.kill("SIGKILL");
    await once(child, "exit");
    rewrite(() => ({ pid: process.pid, startedAt: undefined }));
    expect(await sweep()).toEqual(["c1"]);
  });

  it("is gone after a reboot of the same machine, but not for a machine with a copy of the disk", async () => {
    const child = await bot();
    child.kill("SIGKILL");
    await once(child, "exit");
    rewrite(() => ({ bootId: "before", host: "original" }));
    expect(await sweep()).toEqual([]);
    rewrite(() => ({ host: hostname() }));
    expect(await sweep()).toEqual(["c1"]);
  });

  it("removes its socket with its last entry; a socket left by a kill is removed after an hour", async () => {
    const one = journal();
    await one.opened("c2", 60);
    await one.ended("c2");
    expect(readdirSync(path)).toEqual([]);
    const child = await bot();
    child.kill("SIGKILL");
    await once(child, "exit");
    await sweep();
    expect(readdirSync(path)).toEqual([expect.stringMatching(/\.sock$/)]);
    await clock.advance(Date.now() - clock.wallMs() + 2 * 3600_000);
    await sweep();
    expect(readdirSync(path)).toEqual([]);
  });

  it("has a socket even in a folder whose path is too long for a socket", async () => {
    path = join(folder, "x".repeat(200), "conversations");
    await bot();
    rewrite(() => ({ pid: 2 ** 22 + 1 }));
    expect(await sweep()).toEqual([]);
  });

  // Like a container: its own process ids, but the same folder, kernel and host name.
  const NAMESPACE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const canUnshare = spawnSync("unshare", [...NAMESPACE.slice(1), "true"]).status === 0;
  it.runIf(canUnshare)("in another PID namespace is alive for others until it dies", async () => {
    const child = await bot(NAMESPACE);
    expect((await journal().entries())[0]?.pid).toBeLessThan(100);
    expect(await sweep()).toEqual([]);
    child.kill("SIGKILL");
    await once(child, "exit");
    await until("the kernel has closed its socket", async () => (await sweep()).length === 1);
  });

  it.runIf(canUnshare)("is alive when seen from another PID namespace", async () => {
    await journal({ clock: systemClock }).opened("c1", 60);
    const code = `
      const { ConversationJournal } = await import(${JSON.stringify(source("index.ts"))});
      const journal = new ConversationJournal({ path: process.argv[1], apiUrl: ${JSON.stringify(API_URL)}, apiKey: ${JSON.stringify(KEY)} });
      console.log(JSON.stringify(await journal.sweep({ endConversation: async () => undefined })));`;
    const words: string[] = [...NAMESPACE, process.execPath];
    const [command = "", ...args] = words;
    const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code, path];
    const child = spawn(command, [...args, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    expect(JSON.parse(said.toString())).toEqual({ ended: [], failed: [], kept: 1 });
  });
});
