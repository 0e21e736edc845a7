import { createHash } from "node:crypto";

import { systemClock, type Clock } from "../../util/clock.ts";
import { asError } from "../../util/errors.ts";
import { consoleLogger, type Logger } from "../../util/logger.ts";
import { JournalFolder, type JournalEntry } from "./journal-folder.ts";
import { identityOf, isGone } from "./process-identity.ts";

/** For what the server needs to keep its limit, and for clocks that differ. */
const EXPIRY_MARGIN_MS = 10 * 60_000;

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

/** What a sweep needs of the API; ending one that is over counts as success. */
export interface ConversationEnder {
  endConversation(conversationId: string): Promise<void>;
}

export interface SweepResult {
  /** Ids of conversations whose process had gone and that were ended. */
  readonly ended: readonly string[];
  readonly failed: readonly { readonly conversationId: string; readonly error: Error }[];
  /** Entries of running processes, of other machines, other APIs and other keys. */
  readonly kept: number;
}

/**
 * Remembers on disk which conversations are open, so that those of a process that was killed are ended at the next start
 * and not by their time limit. Keeping it never fails a call: a disk that cannot be written is one warning.
 */
export class ConversationJournal {
  readonly #folder: JournalFolder;
  readonly #path: string;
  readonly #apiUrl: string;
  readonly #keyFingerprint: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #warned = false;

  constructor({ path, apiUrl, apiKey, clock = systemClock, logger = consoleLogger }: ConversationJournalOptions) {
    this.#path = path;
    this.#folder = new JournalFolder(path);
    this.#apiUrl = apiUrl;
    this.#keyFingerprint = createHash("sha256").update(`tavus-transport\n${apiKey}`).digest("hex").slice(0, 16);
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A conversation of this process exists and is open; its limit ends it after `maxCallDurationS`. Never rejects. */
  async opened(conversationId: string, maxCallDurationS: number): Promise<void> {
    await this.#keep(async () => {
      const wallMs = this.#clock.wallMs();
      await this.#folder.add({
        conversationId,
        apiUrl: this.#apiUrl,
        keyFingerprint: this.#keyFingerprint,
        ...(await identityOf(process.pid)),
        createdAt: iso(wallMs),
        expiresAt: iso(wallMs + maxCallDurationS * 1000 + EXPIRY_MARGIN_MS),
      });
    });
  }

  /** It is over. Never rejects. */
  async ended(conversationId: string): Promise<void> {
    await this.#keep(() => this.#folder.remove({ conversationId, apiUrl: this.#apiUrl }));
  }

  /** Every entry of this API and key, of running processes and of gone ones. */
  async entries(): Promise<JournalEntry[]> {
    return (await this.#folder.entries()).filter((entry) => this.#isOurs(entry));
  }

  /**
   * Ends the conversations of this API and key whose process has gone. Entries whose time is up are forgotten. Never
   * rejects: what cannot be ended stays for the next sweep. Several processes may sweep at once.
   */
  async sweep(api: ConversationEnder): Promise<SweepResult> {
    const ended: string[] = [];
    const failed: { conversationId: string; error: Error }[] = [];
    let kept = 0;
    await this.#keep(async () => {
      const wallMs = this.#clock.wallMs();
      for (const entry of await this.#folder.entries()) {
        const { conversationId } = entry;
        if (Date.parse(entry.expiresAt) < wallMs) await this.#folder.remove(entry);
        else if (!this.#isOurs(entry) || !(await isGone(entry))) kept++;
        else {
          try {
            await api.endConversation(conversationId);
            await this.#folder.remove(entry);
            ended.push(conversationId);
          } catch (thrown) {
            failed.push({ conversationId, error: asError(thrown) });
          }
        }
      }
      await this.#folder.removePartial(wallMs);
    });
    return { ended, failed, kept };
  }

  #isOurs(entry: JournalEntry): boolean {
    return entry.apiUrl === this.#apiUrl && entry.keyFingerprint === this.#keyFingerprint;
  }

  async #keep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (this.#warned) return;
      this.#warned = true;
      this.#logger.warn(
        "The journal of open conversations cannot be kept; what a killed process leaves open will end by its limit. " +
          "Name another folder (option journal, TAVUS_JOURNAL) or switch it off (false, off).",
        { path: this.#path, error: asError(thrown).message },
      );
    }
  }
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
