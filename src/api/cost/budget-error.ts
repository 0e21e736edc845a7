import { TavusTransportError } from "../../util/errors.ts";
import type { CostLimit, CostScope, Spend, SpentBudget } from "./cost-types.ts";
import { formatLimit, formatSpend } from "./format-spend.ts";

/** The budget is spent. Thrown before a conversation is created; in mid-call it is the reason for the end. */
export class BudgetError extends TavusTransportError {
  /** Always "budgetSpent". */
  readonly code = "budgetSpent";
  /** Whose budget is spent. */
  readonly scope: CostScope;
  /** What was spent. */
  readonly spent: Spend;
  /** The budget. */
  readonly budget: CostLimit;

  constructor({ scope, spent, budget, currency }: SpentBudget) {
    const what = `The budget of the ${scope} is spent: ${formatSpend(spent, currency)} of ${formatLimit(budget, currency)}.`;
    super(`${what} Raise budget.${scope}, or start again ${scope === "process" ? "in a new process" : "with another conversation"}.`);
    this.scope = scope;
    this.spent = spent;
    this.budget = budget;
  }
}
