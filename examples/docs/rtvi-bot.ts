// What a bot does for the web clients in its room: answers their requests, sends to them, runs functions in their pages.
import {
  LLMContext,
  type LLMService,
  LLMRunFrame,
  type PipelineTask,
  TavusTransport,
  ToolError,
} from "tavus-transport";

declare const llm: LLMService;
declare const task: PipelineTask;
declare const shop: { price(fruit: string): Promise<number | undefined> };

// #region transport
const transport = new TavusTransport({
  rtvi: {
    messages: { "bot-llm-text": false, "user-audio-level": true }, // off, on
    refuse: ["disconnect-bot"], // several users share the call
    functionCalls: { price: "arguments", "*": "none" },
  },
});
// #endregion

// #region events
transport.rtvi
  .on("clientReady", ({ sessionId, about }) => {
    console.log(`${sessionId} is ready, with ${about.library}.`);
    task.queueFrame(new LLMRunFrame()); // the bot says hello
  })
  .on("uiEvent", (event, payload) => console.log("in the page:", event, payload));
// #endregion

// #region requests
transport.rtvi.onClientRequest("price", async ({ data }) => {
  const euros = typeof data === "string" ? await shop.price(data) : undefined;
  if (euros === undefined) throw new ToolError("There is no such fruit."); // this text reaches the page
  return { euros };
});
// #endregion

// #region send
transport.rtvi.sendServerMessage({ basket: ["pear"] });
transport.rtvi.sendUICommand("navigate", { view: "basket" });
// #endregion

// #region functions
const show = {
  name: "show",
  description: "Shows a fruit in the user's page.",
  parameters: { type: "object", properties: { fruit: { type: "string" } }, required: ["fruit"] },
};
export const context = new LLMContext([], { tools: [show] });
llm.registerFunction("show", transport.rtvi.clientFunction("show"));
// #endregion
