import type { ConversationCost, CostWarning, SpentBudget } from "./cost-types.ts";

/** What `CostMeter.opening` needs to know of a conversation that is about to be created. */
export interface OpeningConversation {
  /** Its name. */
  readonly conversationName: string;
  /** Its time limit, in seconds. */
  readonly maxCallDurationS: number;
  /** For how long it can be open without a participant, in seconds. Default 120. */
  readonly participantAbsentTimeoutS?: number | undefined;
  /** Called with each warning about this conversation, and with those about all of them. Default: nothing is done. */
  readonly onWarning?: ((warning: CostWarning) => void) | undefined;
  /** Called once when the budget is spent while the conversation runs: it has to end. Default: nothing is done. */
  readonly onBudgetSpent?: ((budget: SpentBudget) => void) | undefined;
}

/** A conversation that a meter follows. Report what happens to it; each report counts once, later ones are ignored. */
export interface MeteredConversation {
  /** The time limit to ask the server for, in seconds: what was asked for, or what the budget allows if that is less. */
  readonly maxCallDurationS: number;
  /** What it has cost so far. */
  readonly cost: ConversationCost;
  /** It exists. */
  created(conversationId: string): void;
  /** The creation failed. `mayBeOpen`: it may exist all the same, and counts until a sweep ends it or nobody has joined. */
  notCreated(mayBeOpen: boolean): void;
  /** It is over. */
  ended(): void;
}
