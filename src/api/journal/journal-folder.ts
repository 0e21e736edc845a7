import { createHash, randomUUID } from "node:crypto";
import { chmod, constants, lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { z } from "zod";

import { TavusTransportError } from "../../util/errors.ts";
import { askPresence, isSingleKernelFolder, Presence, PRESENCE_NAME } from "./presence.ts";
import { readProcessIdentity, isGone, type ProcessIdentity } from "./process-identity.ts";

/** A name in the folder is a hash, so that no id can lead out of it. */
const ENTRY_NAME = /^[0-9a-f]{32}\.json$/;
const PARTIAL_NAME = /^\.[0-9a-f]{32}\.[0-9a-f]+\.tmp$/;
/** What is still partial after this was left by a process that died while writing. */
const PARTIAL_MAX_AGE_MS = 3600_000;
/** Far more than any account has open; bounds what a look at the folder costs. */
const MAX_ENTRIES = 5000;
/** An entry has a few hundred. */
const MAX_ENTRY_BYTES = 65_536;
/** Mode bits: others than the owner may write; only the owner of a file may remove it. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
/** Not everywhere (Windows), and then it is not needed: a pipe does not hold up an open there. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

const common = {
  apiUrl: z.string(),
  /** Hash of the key that the conversation belongs to, never the key. */
  keyFingerprint: z.string(),
  host: z.string(),
  pid: z.int().positive(),
  startedAt: z.string().optional(),
  bootId: z.string().optional(),
  pidNamespace: z.string().optional(),
  presence: z.string().regex(PRESENCE_NAME).optional(),
  /** Its process lives and has given it up: any sweep may end it. */
  abandoned: z.boolean().optional(),
  /** ISO 8601. */
  createdAt: z.iso.datetime(),
  /** When its own limit has ended it, whatever happened; ISO 8601. */
  expiresAt: z.iso.datetime(),
};

const openSchema = z.object({ conversationId: z.string().min(1).max(200), ...common });
const creationSchema = z.object({
  conversationId: z.undefined().optional(),
  /** Tells creations of the same name apart. */
  creationId: z.string().min(1).max(100),
  conversationName: z.string().min(1),
  ...common,
});
const entrySchema = z.union([openSchema, creationSchema]);

/** A conversation that was open when it was written down, and the process that had it. */
export type OpenEntry = Readonly<z.output<typeof openSchema>>;
/** A conversation that was being created, and so had no id yet. */
export type CreationEntry = Readonly<z.output<typeof creationSchema>>;
export type JournalEntry = OpenEntry | CreationEntry;

/** What tells an entry from all others. */
type EntryKey =
  Pick<OpenEntry, "apiUrl" | "conversationId"> | Pick<CreationEntry, "apiUrl" | "conversationId" | "creationId">;

type NewEntry =
  Omit<OpenEntry, keyof ProcessIdentity | "abandoned"> | Omit<CreationEntry, keyof ProcessIdentity | "abandoned">;

/** The folder of the journal cannot be used as it is. */
export class JournalFolderError extends TavusTransportError {
  readonly code = "journalFolder";
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`The journal's folder ${path} ${problem}`);
    this.path = path;
  }
}

/** Journals of one folder share it: the socket is there while any of them has an entry. */
const presences = new Map<string, Presence>();

function getPresence(path: string): Presence {
  const known = presences.get(path) ?? new Presence(path);
  presences.set(path, known);
  return known;
}

/**
 * A folder with one file for each open conversation. A file comes and goes in one step, so any number of processes can
 * use the folder at once, and none of them ever reads half an entry or loses another's.
 *
 * What is in it is acted on, so nobody else may write there: a folder that others can write to is made private when it
 * is ours and holds nothing but the journal, and refused with a JournalFolderError otherwise.
 */
export class JournalFolder {
  readonly #path: string;
  readonly #presence: Presence;
  /** Writes under way: on a slow disk, one that came late would bring an entry back that was removed. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(path: string) {
    this.#path = resolve(path);
    this.#presence = getPresence(this.#path);
  }

  /** Of this process, and for as long as it lives. */
  async add(entry: NewEntry): Promise<void> {
    const name = toFileName(entry);
    const adding = this.#add(name, entry);
    const settled = adding
      .catch(() => undefined)
      .finally(() => {
        if (this.#writing.get(name) === settled) this.#writing.delete(name);
      });
    this.#writing.set(name, settled);
    await adding;
  }

  async #add(name: string, entry: NewEntry): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await this.#makePrivate();
    const [identity, presence] = await Promise.all([readProcessIdentity(process.pid), this.#presence.hold(name)]);
    try {
      await this.#write(name, { ...entry, ...identity, ...(presence !== undefined && { presence }) });
    } catch (thrown) {
      await this.#presence.release(name);
      throw thrown;
    }
  }

  /** Its process gives it up: any sweep may end it. Harmless when it is not there. */
  async abandon(key: EntryKey): Promise<void> {
    const name = toFileName(key);
    const entry = await this.#read(name);
    if (entry) await this.#write(name, { ...entry, abandoned: true });
    await this.#presence.release(name);
  }

  /** Harmless when it is not there. */
  async remove(entry: EntryKey): Promise<void> {
    const name = toFileName(entry);
    await this.#writing.get(name);
    await rm(join(this.#path, name), { force: true });
    await this.#presence.release(name);
  }

  /** Whether nobody has the conversation in hand any more: its process has certainly ended, or has given it up. */
  async isOrphaned(entry: JournalEntry): Promise<boolean> {
    return entry.abandoned === true || (await isGone(entry, this.#path));
  }

  /** All entries that can be read. Rejects with a JournalFolderError. */
  async entries(): Promise<JournalEntry[]> {
    const names = await this.#names(ENTRY_NAME);
    if (names.length > 0) await this.#makePrivate();
    const found: JournalEntry[] = [];
    for (const name of names) {
      const entry = await this.#read(name);
      if (entry) found.push(entry);
    }
    return found;
  }

  /** Removes what processes left that died: half an entry, a socket without entries. */
  async removeRemains(nowWallMs: number): Promise<void> {
    const named = new Set((await this.entries()).map(({ presence }) => presence));
    for (const name of [...(await this.#names(PARTIAL_NAME)), ...(await this.#names(PRESENCE_NAME))]) {
      const path = join(this.#path, name);
      // It may be finished, or be removed by another sweep, at any time.
      const found = await lstat(path).catch(() => undefined);
      if (!found || nowWallMs - found.mtimeMs <= PARTIAL_MAX_AGE_MS) continue;
      if (found.isSocket() && (named.has(name) || !(await this.#isDeadSocket(name)))) continue;
      if (found.isSocket() || found.isFile()) await rm(path, { force: true }).catch(() => undefined);
    }
  }

  async #isDeadSocket(name: string): Promise<boolean> {
    return (await askPresence(this.#path, name)) === "refuses" && (await isSingleKernelFolder(this.#path));
  }

  async #makePrivate(): Promise<void> {
    const { uid, mode } = await stat(this.#path);
    // Windows has other rights, which a home folder passes on.
    if (process.getuid === undefined || (mode & OTHERS_WRITE) === 0) return;
    const isJournal = (await readdir(this.#path)).every((name) =>
      [ENTRY_NAME, PARTIAL_NAME, PRESENCE_NAME].some((pattern) => pattern.test(name)),
    );
    if (uid !== process.getuid() || (mode & STICKY) !== 0 || !isJournal) {
      const next = "Name a folder inside it, which is then made for you alone, or run chmod go-w on it.";
      throw new JournalFolderError(this.#path, `can be written to by other users. ${next}`);
    }
    await chmod(this.#path, 0o700);
  }

  async #names(pattern: RegExp): Promise<string[]> {
    try {
      return (await readdir(this.#path)).filter((name) => pattern.test(name)).slice(0, MAX_ENTRIES);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw thrown;
    }
  }

  async #write(name: string, entry: JournalEntry): Promise<void> {
    const part = randomUUID().replaceAll("-", "");
    const partial = join(this.#path, `.${name.replace(/json$/, `${part}.tmp`)}`);
    // A new file, never one that is there: it might be a pipe, and nobody at its other end.
    await writeFile(partial, `${JSON.stringify(entry)}\n`, { mode: 0o600, flag: "wx" });
    await rename(partial, join(this.#path, name));
  }

  async #read(name: string): Promise<JournalEntry | undefined> {
    try {
      // Without waiting: a pipe of that name, opened to be read, would hold a thread forever.
      await using file = await open(join(this.#path, name), READ_FLAGS);
      const found = await file.stat();
      if (!found.isFile() || found.size > MAX_ENTRY_BYTES || !isOurs(found.uid)) return undefined;
      return entrySchema.safeParse(JSON.parse(await file.readFile("utf8"))).data;
    } catch {
      // Removed meanwhile, or not ours.
      return undefined;
    }
  }
}

/** Written by this user; what others put there, when they could, is not acted on. */
function isOurs(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid();
}

function toFileName(entry: EntryKey): string {
  const key = entry.conversationId ?? `creation ${entry.creationId}`;
  return `${createHash("sha256").update(`${entry.apiUrl}\n${key}`).digest("hex").slice(0, 32)}.json`;
}
