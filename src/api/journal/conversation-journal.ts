import { createHash, randomUUID } from "node:crypto";

import { systemClock, type Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { silentLogger, type Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { resolveApiUrl } from "../config.ts";
import { mayBeLeftOpen } from "../conversations/orphan.ts";
import { JournalFolder, type JournalEntry } from "./journal-folder.ts";
import { sweepEntries, type ConversationEnder, type SweepResult } from "./sweep-entries.ts";

/** For what the server needs to keep its limit, and for clocks that differ. */
const EXPIRY_MARGIN_MS = 10 * 60_000;
/** A folder in a network may hang; no call waits longer for it. */
const WRITE_TIMEOUT_MS = 3000;

export interface ConversationJournalOptions {
  /** The folder; see `journalPath`. Made when it is needed, for its owner only. */
  readonly path: string;
  /** The API that the conversations belong to. */
  readonly apiUrl: string;
  /** The key that they belong to; only a hash of it is kept. */
  readonly apiKey: string;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** What of an answer to a creation counts here. */
export interface CreatedConversation {
  readonly conversationId: string;
  /** "ended" for one that never opened, as in test mode. */
  readonly status?: string | undefined;
}

/**
 * Remembers on disk which conversations are open, so that those of a process that was killed are ended at the next start
 * and not by their time limit. Keeping it never fails a call: a disk that cannot be written is one warning.
 *
 * Throws an InvalidOptionError for an API URL that cannot be one.
 */
export class ConversationJournal {
  readonly #folder: JournalFolder;
  readonly #path: string;
  readonly #apiUrl: string;
  readonly #keyFingerprint: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #warned = false;

  constructor({ path, apiUrl, apiKey, clock = systemClock, logger }: ConversationJournalOptions) {
    this.#path = path;
    this.#folder = new JournalFolder(path);
    // Written as the API itself writes it: two spellings of one address must not be two.
    this.#apiUrl = resolveApiUrl(apiUrl, silentLogger);
    this.#keyFingerprint = createHash("sha256").update(`tavus-transport\n${apiKey.trim()}`).digest("hex").slice(0, 16);
    this.#clock = clock;
    this.#logger = safeLogger(logger);
  }

  /**
   * Runs `create`, which asks for a conversation of this name, and writes down what comes of it; its limit ends it after
   * `maxCallDurationS`. The name is on disk before `create` is called: should the process be killed before the id is
   * known, the next sweep finds the conversation by its name. Use `newConversationName()`; of conversations with a name
   * that is not unique, the sweep ends one only if no other can be meant. Rejects only with what `create` rejects with.
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
      // This process knows no more than any other now, so the next sweep may look for it, and be its own.
      else await this.#keep(() => this.#folder.abandon(creation));
      throw thrown;
    }
    // The one goes only when the other is there.
    const { conversationId, status } = created;
    if (status === "ended" || (await this.#add({ conversationId }, maxCallDurationS))) await forget();
    return created;
  }

  /** A conversation of this process exists and is open; its limit ends it after `maxCallDurationS`. Never rejects. */
  async opened(conversationId: string, maxCallDurationS: number): Promise<void> {
    await this.#add({ conversationId }, maxCallDurationS);
  }

  /** It may be open, but its owner has given up ending it: the next sweep may, this process's too. Never rejects. */
  async abandoned(conversationId: string): Promise<void> {
    await this.#keep(() => this.#folder.abandon({ conversationId, apiUrl: this.#apiUrl }));
  }

  /** It is over. Never rejects. */
  async ended(conversationId: string): Promise<void> {
    await this.#keep(() => this.#folder.remove({ conversationId, apiUrl: this.#apiUrl }));
  }

  /** Every entry of this API and key, of running processes and of gone ones. Rejects with a JournalFolderError. */
  async entries(): Promise<JournalEntry[]> {
    return (await this.#folder.entries()).filter((entry) => this.#isOurs(entry));
  }

  /**
   * Ends the conversations of this API and key whose process has gone, or has given them up. Entries of other processes
   * are forgotten when their time is up and the conversation is not active. Never rejects: what cannot be ended stays for
   * the next sweep. Several processes may sweep at once.
   */
  async sweep(api: ConversationEnder): Promise<SweepResult> {
    const result = { ended: [], failed: [], kept: 0 };
    try {
      const nowWallMs = this.#clock.wallMs();
      await sweepEntries(this.#folder, api, { nowWallMs, isOurs: (entry) => this.#isOurs(entry), result });
      await this.#folder.removeRemains(nowWallMs);
    } catch (thrown) {
      this.#warn(asError(thrown));
    }
    return result;
  }

  #isOurs(entry: JournalEntry): boolean {
    return entry.apiUrl === this.#apiUrl && entry.keyFingerprint === this.#keyFingerprint;
  }

  /** Whether it was written. */
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

  /** Bounded, never rejects. Whether it was done. */
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
      "The journal of open conversations cannot be kept; what a killed process leaves open will end by its limit. " +
        "Name another folder (option journal, TAVUS_JOURNAL) or switch it off (false, off).",
      { path: this.#path, error: error.message },
    );
  }
}

function toIso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
