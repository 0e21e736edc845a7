import type { BotMessage } from "./rtvi-messages.ts";

/** Calls that are open at once; further ones are not waited for. */
const MAX_OPEN_CALLS = 1000;

/** What the bot is doing, as it reports it. */
export class BotActivity {
  #thinks = false;
  #synthesizes = false;
  #speaks = false;
  readonly #openCalls = new Set<string>();

  /** Whether it is in the middle of an answer: it thinks, calls a function, or speaks. */
  get isBusy(): boolean {
    return this.#thinks || this.#synthesizes || this.#speaks || this.#openCalls.size > 0;
  }

  /** Whether it is in the middle of something that only its own end or an interruption ends. */
  get isWorking(): boolean {
    return this.#thinks || this.#speaks || this.#openCalls.size > 0;
  }

  apply(message: BotMessage): void {
    switch (message.type) {
      case "bot-llm-started":
      case "bot-llm-stopped":
        this.#thinks = message.type === "bot-llm-started";
        break;
      case "bot-tts-started":
      case "bot-tts-stopped":
        this.#synthesizes = message.type === "bot-tts-started";
        break;
      case "bot-started-speaking":
      case "bot-stopped-speaking":
        this.#speaks = message.type === "bot-started-speaking";
        break;
      case "bot-interrupted":
        this.#thinks = false;
        this.#synthesizes = false;
        break;
      case "llm-function-call-in-progress":
        if (this.#openCalls.size < MAX_OPEN_CALLS) this.#openCalls.add(message.data.tool_call_id);
        break;
      case "llm-function-call-stopped":
        this.#openCalls.delete(message.data.tool_call_id);
        break;
      default:
    }
  }
}
