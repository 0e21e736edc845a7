export {
  ConversationJournal,
  type ConversationJournalOptions,
  type CreatedConversation,
} from "./conversation-journal.ts";
export {
  JournalFolderError,
  type CreationEntry,
  type JournalEntry,
  type JournalEntryFields,
  type OpenEntry,
} from "./journal-folder.ts";
export type { ProcessIdentity } from "./process-identity.ts";
export { journalPath } from "./journal-path.ts";
export type { ConversationEnder, SweepFailure, SweepResult, SweptConversation } from "./sweep-entries.ts";
