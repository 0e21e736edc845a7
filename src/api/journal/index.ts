export {
  ConversationJournal,
  type ConversationEnder,
  type ConversationJournalOptions,
  type SweepResult,
} from "./conversation-journal.ts";
export type { JournalEntry } from "./journal-folder.ts";
export { journalPath } from "./journal-path.ts";
