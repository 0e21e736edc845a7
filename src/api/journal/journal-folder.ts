import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

/** A name in the folder is a hash, so that no id can lead out of it. */
const ENTRY_NAME = /^[0-9a-f]{32}\.json$/;
const PARTIAL_NAME = /^\.[0-9a-f]{32}\.\d+\.tmp$/;
/** What is still partial after this was left by a process that died while writing. */
const PARTIAL_MAX_AGE_MS = 3600_000;
/** Far more than any account has open; bounds what a look at the folder costs. */
const MAX_ENTRIES = 5000;

const common = {
  apiUrl: z.string(),
  /** Hash of the key that the conversation belongs to, never the key. */
  keyFingerprint: z.string(),
  host: z.string(),
  pid: z.int().positive(),
  startedAt: z.string().optional(),
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

/**
 * A folder with one file for each open conversation. A file comes and goes in one step, so any number of processes can
 * use the folder at once, and none of them ever reads half an entry or loses another's.
 */
export class JournalFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async add(entry: JournalEntry): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const name = nameOf(entry);
    const partial = join(this.#path, `.${name.replace(/json$/, `${process.pid}.tmp`)}`);
    await writeFile(partial, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    await rename(partial, join(this.#path, name));
  }

  /** Harmless when it is not there. */
  async remove(entry: EntryKey): Promise<void> {
    await rm(join(this.#path, nameOf(entry)), { force: true });
  }

  /** All entries that can be read. */
  async entries(): Promise<JournalEntry[]> {
    const found: JournalEntry[] = [];
    for (const name of await this.#names(ENTRY_NAME)) {
      const entry = await this.#read(name);
      if (entry) found.push(entry);
    }
    return found;
  }

  /** Removes what processes left that died while they wrote. */
  async removePartial(nowWallMs: number): Promise<void> {
    for (const name of await this.#names(PARTIAL_NAME)) {
      const path = join(this.#path, name);
      // It may be finished, or be removed by another sweep, at any time.
      const found = await stat(path).catch(() => undefined);
      if (found && nowWallMs - found.mtimeMs > PARTIAL_MAX_AGE_MS) await rm(path, { force: true });
    }
  }

  async #names(pattern: RegExp): Promise<string[]> {
    try {
      return (await readdir(this.#path)).filter((name) => pattern.test(name)).slice(0, MAX_ENTRIES);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw thrown;
    }
  }

  async #read(name: string): Promise<JournalEntry | undefined> {
    try {
      return entrySchema.safeParse(JSON.parse(await readFile(join(this.#path, name), "utf8"))).data;
    } catch {
      // Removed meanwhile, or not ours.
      return undefined;
    }
  }
}

function nameOf(entry: EntryKey): string {
  const key = entry.conversationId ?? `creation ${entry.creationId}`;
  return `${createHash("sha256").update(`${entry.apiUrl}\n${key}`).digest("hex").slice(0, 32)}.json`;
}
