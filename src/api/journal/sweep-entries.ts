import { asError } from "../../util/errors.ts";
import { isUniqueName } from "../conversations/conversation-name.ts";
import { possibleOrphans, type OrphanSearch } from "../conversations/orphan.ts";
import type { Conversation } from "../types.ts";
import type { CreationEntry, JournalEntry, JournalFolder } from "./journal-folder.ts";

/** A requested conversation that does not exist after this time will never exist. */
const CREATION_MAX_MS = 2 * 60_000;
/**
 * Entries that no sweep could end or check (of another key, or of a deleted account) are removed this long after they
 * expire, which is far more than clocks are ever wrong by.
 */
const OVERDUE_MAX_MS = 30 * 24 * 3600_000;

/** The part of the API that a sweep uses. `TavusApi` implements it. */
export interface ConversationEnder {
  /** Ends a conversation. One that is already over must count as ended. */
  endConversation(conversationId: string): Promise<void>;
  /** Lists active conversations. Without it, conversations whose ids were never known end only at their limits. */
  listConversations?(options: {
    readonly status: "active";
  }): PromiseLike<readonly Pick<Conversation, "conversationId" | "conversationName" | "createdAt">[]>;
}

type Active = Awaited<ReturnType<NonNullable<ConversationEnder["listConversations"]>>>;

/** A conversation that a sweep could not end. */
export interface SweepFailure {
  /** Its id. Absent when only the name is known. */
  readonly conversationId?: string;
  /** Its name. Present when the id is not known. */
  readonly conversationName?: string;
  /** Why it could not be ended. */
  readonly error: Error;
}

/** The result of a sweep. */
export interface SweepResult {
  /** The ids of the conversations that were ended. */
  readonly ended: readonly string[];
  /** The conversations that could not be ended. They stay for the next sweep. */
  readonly failed: readonly SweepFailure[];
  /** The number of entries left alone: of running processes, other machines, APIs or keys, or still being created. */
  readonly kept: number;
}

/** A conversation that a sweep ended. */
export interface SweptConversation {
  /** Its id. */
  readonly conversationId: string;
  /** The name that it was asked for by. Absent when its process knew its id. */
  readonly conversationName?: string;
  /** When it was created, in milliseconds since 1970. */
  readonly createdWallMs: number;
  /** Its time limit, in seconds. */
  readonly maxCallDurationS: number;
}

/** What a sweep needs besides the folder and the API. */
export interface SweepContext {
  readonly nowWallMs: number;
  readonly isOurs: (entry: JournalEntry) => boolean;
  readonly onEnded: (conversationId: string, entry: JournalEntry) => void;
  /** Filled during the sweep, so that it shows what was done before a failure. */
  readonly result: { readonly ended: string[]; readonly failed: SweepFailure[]; kept: number };
}

/**
 * Ends the conversations of orphaned entries. Rejects only when the folder cannot be read.
 *
 * No clock decides whether a conversation is over: ending it is tried however old the entry is, and an entry whose
 * process may be alive is removed only when it has expired and the account does not list the conversation as active.
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
    // An entry that cannot be removed must not keep the others open.
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
  // Read after the list: conversations in it that a process of this machine opened are in the journal by now.
  const entries = await folder.entries();
  const known = new Set(entries.flatMap(({ conversationId }) => conversationId ?? []));
  const gone = new Set(creations.map(({ creationId }) => creationId));
  const underWay = entries.flatMap((entry) =>
    entry.conversationId === undefined && !gone.has(entry.creationId) ? entry.conversationName : [],
  );
  for (const creation of creations) {
    const [found, another] = possibleOrphans(active, toOrphanSearch(creation, known));
    // The conversation may also belong to a running process that does not know its id yet.
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
  { result, onEnded }: SweepContext,
): Promise<void> {
  try {
    await api.endConversation(conversationId);
    onEnded(conversationId, entry);
    await folder.remove(entry);
    result.ended.push(conversationId);
  } catch (thrown) {
    result.failed.push({ conversationId, error: asError(thrown) });
  }
}
