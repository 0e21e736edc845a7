export {
  ConversationJournal,
  type ConversationJournalOptions,
  type CreatedConversation,
} from "./conversation-journal.ts";
export { JournalFolderError, type CreationEntry, type JournalEntry, type OpenEntry } from "./journal-folder.ts";
export { journalPath } from "./journal-path.ts";
export type { ConversationEnder, SweepFailure, SweepResult } from "./sweep-entries.ts";
