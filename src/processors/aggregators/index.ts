export {
  AssistantContextAggregator,
  type AssistantContextAggregatorEvents,
  type AssistantTurn,
} from "./assistant-context-aggregator.ts";
export { type ContextAggregators, createContextAggregators } from "./context-aggregators.ts";
export {
  UserContextAggregator,
  type UserContextAggregatorEvents,
  type UserContextAggregatorOptions,
} from "./user-context-aggregator.ts";
