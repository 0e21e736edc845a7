import { asError } from "../../util/errors.ts";
import { isUniqueName } from "../conversations/conversation-name.ts";
import { possibleOrphans, type OrphanSearch } from "../conversations/orphan.ts";
import type { Conversation } from "../types.ts";
import type { CreationEntry, JournalEntry, JournalFolder } from "./journal-folder.ts";

/** After this a conversation that was asked for has come into being, or never will. */
const CREATION_MAX_MS = 2 * 60_000;
/**
 * What nobody could end or ask about (entries of another key, or an account that is gone) is forgotten so long after its
 * time: far more than clocks are ever wrong by.
 */
const OVERDUE_MAX_MS = 30 * 24 * 3600_000;

/** What a sweep needs of the API; `TavusApi` has it. */
export interface ConversationEnder {
  /** Ending one that is over counts as success. */
  endConversation(conversationId: string): Promise<void>;
  /** Without it, conversations whose process was killed before it knew their ids are left to their limits. */
  listConversations?(options: {
    readonly status: "active";
  }): PromiseLike<readonly Pick<Conversation, "conversationId" | "conversationName" | "createdAt">[]>;
}

type Active = Awaited<ReturnType<NonNullable<ConversationEnder["listConversations"]>>>;

/** What could not be ended: by its id, or by its name where that is all there is. */
export interface SweepFailure {
  readonly conversationId?: string;
  readonly conversationName?: string;
  readonly error: Error;
}

export interface SweepResult {
  /** Ids of conversations whose process had gone and that were ended. */
  readonly ended: readonly string[];
  readonly failed: readonly SweepFailure[];
  /** Entries of running processes, of other machines, other APIs and other keys, and what may still come into being. */
  readonly kept: number;
}

export interface SweepContext {
  readonly nowWallMs: number;
  readonly isOurs: (entry: JournalEntry) => boolean;
  /** Filled on the way, so that it tells what was done before a failure. */
  readonly result: { readonly ended: string[]; readonly failed: SweepFailure[]; kept: number };
}

/**
 * Ends what the entries say is open that nobody has in hand any more. Rejects only when the folder cannot be read.
 *
 * No clock decides over a conversation: the end is tried however old an entry is, and one whose process may live is
 * forgotten only when its time is up and the account does not have it among the active ones.
 */
export async function sweepEntries(
  folder: JournalFolder,
  api: ConversationEnder,
  context: SweepContext,
): Promise<void> {
  const { nowWallMs, isOurs, result } = context;
  const creations: CreationEntry[] = [];
  const expired: JournalEntry[] = [];
  for (const entry of await folder.entries()) {
    const overdueMs = nowWallMs - Date.parse(entry.expiresAt);
    // One that cannot be removed is no reason to leave others open.
    if (overdueMs > OVERDUE_MAX_MS) {
      await folder.remove(entry).catch(() => result.kept++);
    } else if (!isOurs(entry)) {
      result.kept++;
    } else if (!(await folder.isOrphaned(entry))) {
      if (overdueMs > 0) expired.push(entry);
      else result.kept++;
    } else if (entry.conversationId === undefined) {
      creations.push(entry);
    } else {
      await end(folder, api, entry, entry.conversationId, context);
    }
  }
  if (creations.length === 0 && expired.length === 0) return;
  if (!api.listConversations) {
    result.kept += creations.length + expired.length;
    return;
  }
  let active: Active;
  try {
    active = await api.listConversations({ status: "active" });
  } catch (thrown) {
    const error = asError(thrown);
    result.failed.push(...creations.map(({ conversationName }) => ({ conversationName, error })));
    result.kept += expired.length;
    return;
  }
  for (const entry of expired) {
    if (isAmong(active, entry)) result.kept++;
    else await folder.remove(entry).catch(() => result.kept++);
  }
  if (creations.length > 0) await sweepCreations(folder, api, creations, active, context);
}

function isAmong(active: Active, entry: JournalEntry): boolean {
  return active.some(({ conversationId, conversationName }) =>
    entry.conversationId === undefined
      ? conversationName === entry.conversationName
      : conversationId === entry.conversationId,
  );
}

async function sweepCreations(
  folder: JournalFolder,
  api: ConversationEnder,
  creations: readonly CreationEntry[],
  active: Active,
  context: SweepContext,
): Promise<void> {
  const { nowWallMs, result } = context;
  // Read after the list: what a process of this machine has opened of it was written down before.
  const entries = await folder.entries();
  const known = new Set(entries.flatMap(({ conversationId }) => conversationId ?? []));
  const gone = new Set(creations.map(({ creationId }) => creationId));
  const underWay = entries.flatMap((entry) =>
    entry.conversationId === undefined && !gone.has(entry.creationId) ? entry.conversationName : [],
  );
  for (const creation of creations) {
    const [found, another] = possibleOrphans(active, toOrphanSearch(creation, known));
    // What was found may as well be of a running process that does not know its id yet.
    const isUnclear = another !== undefined || underWay.includes(creation.conversationName);
    const isSettled = nowWallMs - Date.parse(creation.createdAt) > CREATION_MAX_MS;
    if (isUnclear || (!found && !isSettled)) {
      result.kept++;
    } else if (!found) {
      await folder.remove(creation).catch(() => result.kept++);
    } else {
      known.add(found.conversationId);
      await end(folder, api, creation, found.conversationId, context);
    }
  }
}

function toOrphanSearch({ conversationName, createdAt }: CreationEntry, known: ReadonlySet<string>): OrphanSearch {
  if (isUniqueName(conversationName)) return { conversationName, known };
  const createdAfterMs = Date.parse(createdAt);
  return { conversationName, known, createdAfterMs, createdBeforeMs: createdAfterMs + CREATION_MAX_MS };
}

async function end(
  folder: JournalFolder,
  api: ConversationEnder,
  entry: JournalEntry,
  conversationId: string,
  { result }: SweepContext,
): Promise<void> {
  try {
    await api.endConversation(conversationId);
    await folder.remove(entry);
    result.ended.push(conversationId);
  } catch (thrown) {
    result.failed.push({ conversationId, error: asError(thrown) });
  }
}
