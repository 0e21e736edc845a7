export { BudgetError } from "./budget-error.ts";
export { CostMeter, type CostMeterOptions } from "./cost-meter.ts";
export type {
  ConversationCost,
  CostBudget,
  CostEvents,
  CostLimit,
  CostOptions,
  CostReport,
  CostScope,
  CostThreshold,
  CostWarning,
  Spend,
  SpentBudget,
} from "./cost-types.ts";
export type { MeteredConversation, OpeningConversation } from "./metered-conversation.ts";
