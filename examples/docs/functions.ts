// Functions that the model calls: results, errors, work that continues during the conversation.
import { type LLMService, ToolError } from "tavus-transport";

export interface Restaurant {
  weather(city: string, signal: AbortSignal): Promise<{ degrees: number }>;
  book(table: string): Promise<{ number: string }>;
  report(signal: AbortSignal, progress: (percent: number) => void): Promise<string>;
}

export function registerFunctions(llm: LLMService, restaurant: Restaurant): void {
  // #region register
  llm.registerFunction("weather", async ({ city }, { signal }) => await restaurant.weather(String(city), signal));
  // #endregion
  // #region error
  llm.registerFunction("book", async ({ table }) => {
    try {
      return await restaurant.book(String(table));
    } catch (cause) {
      throw new ToolError("The table could not be booked. Offer another time.", { cause });
    }
  });
  // #endregion
  // #region async
  llm.registerFunction(
    "report",
    async (_args, { signal, pushIntermediateResult }) =>
      await restaurant.report(signal, (percent) => pushIntermediateResult(`${percent} % done`, { runLLM: false })),
    { cancelOnInterruption: false, cancellableByLLM: true, timeoutMs: 120_000 },
  );
  // #endregion
}
