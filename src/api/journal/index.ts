export {
  ConversationJournal,
  type ConversationJournalOptions,
  type CreatedConversation,
} from "./conversation-journal.ts";
export type { CreationEntry, JournalEntry, OpenEntry } from "./journal-folder.ts";
export { journalPath } from "./journal-path.ts";
export type { ConversationEnder, SweepFailure, SweepResult } from "./sweep-entries.ts";
