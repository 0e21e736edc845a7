import { createHash, randomUUID } from "node:crypto";

import { systemClock, type Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { silentLogger, type Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { resolveApiUrl } from "../config.ts";
import { mayBeLeftOpen } from "../conversations/orphan.ts";
import { JournalFolder, type JournalEntry } from "./journal-folder.ts";
import { sweepEntries, type ConversationEnder, type SweepResult, type SweptConversation } from "./sweep-entries.ts";

/** Allows for a server that exceeds its limit and for clocks that differ. */
const EXPIRY_MARGIN_MS = 10 * 60_000;
/** A network folder may hang; no call waits longer for it. */
const WRITE_TIMEOUT_MS = 3000;

/** The options of {@link ConversationJournal}. */
export interface ConversationJournalOptions {
  /** The folder; see `journalPath`. It is created when it is needed, readable by its owner only. */
  readonly path: string;
  /** The URL of the API that the conversations belong to. */
  readonly apiUrl: string;
  /** The key that the conversations belong to. Only a hash of it is stored. */
  readonly apiKey: string;
  /** The clock for deadlines and time stamps. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Receives a warning when the journal cannot be kept. Default: `consoleLogger`. */
  readonly logger?: Logger | undefined;
}

/** The fields of a created conversation that the journal uses. */
export interface CreatedConversation {
  /** The id of the conversation. */
  readonly conversationId: string;
  /** "ended" for a conversation that never opened, as in test mode. Default: it is open. */
  readonly status?: string | undefined;
}

/**
 * Records on disk which conversations are open, so that those of a killed process are ended at the next start and not
 * by their time limit. The journal never fails a call: if the disk cannot be written, it logs one warning.
 */
export class ConversationJournal {
  readonly #folder: JournalFolder;
  readonly #path: string;
  readonly #apiUrl: string;
  readonly #keyFingerprint: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #warned = false;

  /**
   * Opens a journal; touches no file.
   *
   * @throws InvalidOptionError for an invalid `apiUrl`.
   */
  constructor({ path, apiUrl, apiKey, clock = systemClock, logger }: ConversationJournalOptions) {
    this.#path = path;
    this.#folder = new JournalFolder(path);
    // Normalized as in the API client: two spellings of one URL must not count as two APIs.
    this.#apiUrl = resolveApiUrl(apiUrl, silentLogger);
    this.#keyFingerprint = createHash("sha256").update(`tavus-transport\n${apiKey.trim()}`).digest("hex").slice(0, 16);
    this.#clock = clock;
    this.#logger = safeLogger(logger);
  }

  /**
   * Runs `create`, which must create a conversation of this name, and records the result. `maxCallDurationS` is the
   * conversation's limit. The name is on disk before `create` is called: if the process is killed before the id is
   * known, the next sweep finds the conversation by its name. Use `newConversationName()`: a sweep ends a conversation
   * with a name that is not unique only if no other can be meant. Rejects only with what `create` rejects with.
   */
  async creating<T extends CreatedConversation>(
    conversationName: string,
    maxCallDurationS: number,
    create: () => Promise<T>,
  ): Promise<T> {
    const creation = { apiUrl: this.#apiUrl, creationId: randomUUID(), conversationName };
    await this.#add(creation, maxCallDurationS);
    const forget = () => this.#keep(() => this.#folder.remove(creation));
    let created: T;
    try {
      created = await create();
    } catch (thrown) {
      if (!mayBeLeftOpen(thrown)) await forget();
      // This process now knows no more than any other, so any sweep may look for it, including its own.
      else await this.#keep(() => this.#folder.abandon(creation));
      throw thrown;
    }
    // The entry with the name is removed only once the entry with the id exists.
    const { conversationId, status } = created;
    if (status === "ended" || (await this.#add({ conversationId }, maxCallDurationS))) await forget();
    return created;
  }

  /** Records that this process has opened a conversation whose limit is `maxCallDurationS` seconds. Never rejects. */
  async opened(conversationId: string, maxCallDurationS: number): Promise<void> {
    await this.#add({ conversationId }, maxCallDurationS);
  }

  /**
   * Records that this process has given up ending a conversation that may be open. Any sweep may then end it, including
   * its own. Never rejects.
   */
  async abandoned(conversationId: string): Promise<void> {
    await this.#keep(() => this.#folder.abandon({ conversationId, apiUrl: this.#apiUrl }));
  }

  /** Records that a conversation is over. Never rejects. */
  async ended(conversationId: string): Promise<void> {
    await this.#keep(() => this.#folder.remove({ conversationId, apiUrl: this.#apiUrl }));
  }

  /**
   * Reads the entries of this API and key, of all processes.
   *
   * @throws JournalFolderError when the folder cannot be used.
   */
  async entries(): Promise<JournalEntry[]> {
    return (await this.#folder.entries()).filter((entry) => this.#isOurs(entry));
  }

  /**
   * Ends the conversations of this API and key whose process has ended or has given them up. Entries of other processes
   * are removed when they have expired and the conversation is not active. Never rejects: a conversation that cannot be
   * ended stays for the next sweep. Several processes may sweep at once. `onEnded` is called for each conversation that was
   * ended; a {@link CostMeter} counts them by it.
   */
  async sweep(api: ConversationEnder, onEnded?: (swept: SweptConversation) => void): Promise<SweepResult> {
    const result = { ended: [], failed: [], kept: 0 };
    try {
      const nowWallMs = this.#clock.wallMs();
      await sweepEntries(this.#folder, api, {
        nowWallMs,
        isOurs: (entry) => this.#isOurs(entry),
        onEnded: (conversationId, entry) => onEnded?.(toSwept(conversationId, entry)),
        result,
      });
      await this.#folder.removeRemains(nowWallMs);
    } catch (thrown) {
      this.#warn(asError(thrown));
    }
    return result;
  }

  #isOurs(entry: JournalEntry): boolean {
    return entry.apiUrl === this.#apiUrl && entry.keyFingerprint === this.#keyFingerprint;
  }

  /** Writes an entry. Resolves to whether it was written. */
  async #add(
    subject: { readonly conversationId: string } | { readonly creationId: string; readonly conversationName: string },
    maxCallDurationS: number,
  ): Promise<boolean> {
    const wallMs = this.#clock.wallMs();
    return await this.#keep(async () => {
      await this.#folder.add({
        ...subject,
        apiUrl: this.#apiUrl,
        keyFingerprint: this.#keyFingerprint,
        createdAt: toIso(wallMs),
        expiresAt: toIso(wallMs + maxCallDurationS * 1000 + EXPIRY_MARGIN_MS),
      });
    });
  }

  /** Runs work on the folder within a deadline. Resolves to whether it succeeded; never rejects. */
  async #keep(work: () => Promise<void>): Promise<boolean> {
    try {
      await withDeadline(this.#clock, work(), WRITE_TIMEOUT_MS, "Writing the journal");
      return true;
    } catch (thrown) {
      this.#warn(asError(thrown));
      return false;
    }
  }

  #warn(error: Error): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#logger.warn(
      "The journal of open conversations cannot be kept, so a conversation that a killed process leaves open ends only " +
        "at its limit. Set another folder (option journal, TAVUS_JOURNAL) or switch the journal off (false, off).",
      { path: this.#path, error: error.message },
    );
  }
}

function toSwept(conversationId: string, entry: JournalEntry): SweptConversation {
  const createdWallMs = Date.parse(entry.createdAt);
  const limitMs = Date.parse(entry.expiresAt) - createdWallMs - EXPIRY_MARGIN_MS;
  return {
    conversationId,
    ...(entry.conversationId === undefined ? { conversationName: entry.conversationName } : {}),
    createdWallMs,
    maxCallDurationS: Math.max(0, limitMs) / 1000,
  };
}

function toIso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
