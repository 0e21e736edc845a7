import { createHash, randomUUID } from "node:crypto";
import { chmod, constants, lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { z } from "zod";

import { TavusTransportError } from "../../util/errors.ts";
import { askPresence, isSingleKernelFolder, Presence, PRESENCE_NAME } from "./presence.ts";
import { readProcessIdentity, isGone, type ProcessIdentity } from "./process-identity.ts";

/** File names are hashes, so that no id can lead out of the folder. */
const ENTRY_NAME = /^[0-9a-f]{32}\.json$/;
const PARTIAL_NAME = /^\.[0-9a-f]{32}\.[0-9a-f]+\.tmp$/;
/** A partial file older than this was left by a process that died while writing. */
const PARTIAL_MAX_AGE_MS = 3600_000;
/** Far more than any account has open. Bounds the cost of reading the folder. */
const MAX_ENTRIES = 5000;
/** An entry has a few hundred bytes. */
const MAX_ENTRY_BYTES = 65_536;
/** Mode bits. OTHERS_WRITE: users other than the owner may write. STICKY: only the owner of a file may remove it. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
/** Windows lacks some of these flags and does not need them: opening a pipe does not block there. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

const common = {
  apiUrl: z.string(),
  /** A hash of the key that the conversation belongs to, never the key itself. */
  keyFingerprint: z.string(),
  host: z.string(),
  pid: z.int().positive(),
  startedAt: z.string().optional(),
  bootId: z.string().optional(),
  pidNamespace: z.string().optional(),
  presence: z.string().regex(PRESENCE_NAME).optional(),
  /** Whether its process is alive and has given it up, so that any sweep may end it. */
  abandoned: z.boolean().optional(),
  /** When the entry was written, in ISO 8601. */
  createdAt: z.iso.datetime(),
  /** When its limit has certainly ended the conversation, in ISO 8601. */
  expiresAt: z.iso.datetime(),
};

const openSchema = z.object({ conversationId: z.string().min(1).max(200), ...common });
const creationSchema = z.object({
  conversationId: z.undefined().optional(),
  /** Distinguishes creations with the same name. */
  creationId: z.string().min(1).max(100),
  conversationName: z.string().min(1),
  ...common,
});
const entrySchema = z.union([openSchema, creationSchema]);

/** What every entry has: a conversation's account, and the process that owns it. */
export interface JournalEntryFields extends ProcessIdentity {
  /** The API that the conversation belongs to. */
  readonly apiUrl: string;
  /** Hash of the key that the conversation belongs to, never the key. */
  readonly keyFingerprint: string;
  /** Whether its process lives and has given it up, so that any sweep may end it. */
  readonly abandoned?: boolean | undefined;
  /** When it was written; ISO 8601. */
  readonly createdAt: string;
  /** When its own limit has ended it, whatever happened; ISO 8601. */
  readonly expiresAt: string;
}

/** An open conversation and the process that owns it. */
export interface OpenEntry extends JournalEntryFields {
  /** The id of the conversation. */
  readonly conversationId: string;
}

/** A conversation that was being created, so that its id was not known yet. */
export interface CreationEntry extends JournalEntryFields {
  /** Not known yet. */
  readonly conversationId?: undefined;
  /** Distinguishes creations with the same name. */
  readonly creationId: string;
  /** The name by which the API lists it. */
  readonly conversationName: string;
}

/** An entry of the journal. An entry with a `conversationId` is an {@link OpenEntry}. */
export type JournalEntry = OpenEntry | CreationEntry;

/** The fields that identify an entry. */
type EntryKey =
  Pick<OpenEntry, "apiUrl" | "conversationId"> | Pick<CreationEntry, "apiUrl" | "conversationId" | "creationId">;

type NewEntry =
  Omit<OpenEntry, keyof ProcessIdentity | "abandoned"> | Omit<CreationEntry, keyof ProcessIdentity | "abandoned">;

/** The folder of the journal cannot be used, because other users can write to it. */
export class JournalFolderError extends TavusTransportError {
  readonly code = "journalFolder";
  /** The path of the folder. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`The journal's folder ${path} ${problem}`);
    this.path = path;
  }
}

/** Journals in one folder share a presence: its socket exists while any of them has an entry. */
const presences = new Map<string, Presence>();

function getPresence(path: string): Presence {
  const known = presences.get(path) ?? new Presence(path);
  presences.set(path, known);
  return known;
}

/**
 * A folder with one file per open conversation. Files are created and removed atomically, so any number of processes
 * can use the folder at once: none of them reads half an entry or loses an entry of another.
 *
 * The entries cause API calls, so no other user may write to the folder. A folder that others can write to is made
 * private if it is ours and contains nothing but the journal; otherwise it is refused with a JournalFolderError.
 */
export class JournalFolder {
  readonly #path: string;
  readonly #presence: Presence;
  /** Writes in progress. On a slow disk, a late write would restore an entry that has been removed. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(path: string) {
    this.#path = resolve(path);
    this.#presence = getPresence(this.#path);
  }

  /** Adds an entry that this process owns for as long as it lives. */
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

  /** Marks an entry as given up by its process, so that any sweep may end it. Does nothing when it does not exist. */
  async abandon(key: EntryKey): Promise<void> {
    const name = toFileName(key);
    const entry = await this.#read(name);
    if (entry) await this.#write(name, { ...entry, abandoned: true });
    await this.#presence.release(name);
  }

  /** Removes an entry. Does nothing when it does not exist. */
  async remove(entry: EntryKey): Promise<void> {
    const name = toFileName(entry);
    await this.#writing.get(name);
    await rm(join(this.#path, name), { force: true });
    await this.#presence.release(name);
  }

  /** Whether the conversation has no owner any more: its process has certainly ended or has given it up. */
  async isOrphaned(entry: JournalEntry): Promise<boolean> {
    return entry.abandoned === true || (await isGone(entry, this.#path));
  }

  /** Reads all readable entries. Rejects with a JournalFolderError. */
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

  /** Removes what dead processes left behind: partial entries, and sockets without entries. */
  async removeRemains(nowWallMs: number): Promise<void> {
    const named = new Set((await this.entries()).map(({ presence }) => presence));
    for (const name of [...(await this.#names(PARTIAL_NAME)), ...(await this.#names(PRESENCE_NAME))]) {
      const path = join(this.#path, name);
      // The file may be renamed by its writer or removed by another sweep at any time.
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
    // Windows has other access rights, which are inherited from the home folder.
    if (process.getuid === undefined || (mode & OTHERS_WRITE) === 0) return;
    const isJournal = (await readdir(this.#path)).every((name) =>
      [ENTRY_NAME, PARTIAL_NAME, PRESENCE_NAME].some((pattern) => pattern.test(name)),
    );
    if (uid !== process.getuid() || (mode & STICKY) !== 0 || !isJournal) {
      const next = "Set a folder inside it, which will be created for you alone, or run chmod go-w on it.";
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
    // Always a new file: an existing one might be a pipe without a reader, which would block.
    await writeFile(partial, `${JSON.stringify(entry)}\n`, { mode: 0o600, flag: "wx" });
    await rename(partial, join(this.#path, name));
  }

  async #read(name: string): Promise<JournalEntry | undefined> {
    try {
      // Opened without blocking: a pipe of that name would otherwise hold a thread forever.
      await using file = await open(join(this.#path, name), READ_FLAGS);
      const found = await file.stat();
      if (!found.isFile() || found.size > MAX_ENTRY_BYTES || !isOurs(found.uid)) return undefined;
      return entrySchema.safeParse(JSON.parse(await file.readFile("utf8"))).data;
    } catch {
      // Removed in the meantime, or not ours.
      return undefined;
    }
  }
}

/** Whether this user wrote a file. Files that others put there, when they could, are ignored. */
function isOurs(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid();
}

function toFileName(entry: EntryKey): string {
  const key = entry.conversationId ?? `creation ${entry.creationId}`;
  return `${createHash("sha256").update(`${entry.apiUrl}\n${key}`).digest("hex").slice(0, 32)}.json`;
}
