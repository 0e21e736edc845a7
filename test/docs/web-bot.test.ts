import { afterEach, describe, expect, it, vi } from "vitest";

import { createServices } from "../../examples/web/bot.ts";

describe("the bot of examples/web", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** The services it takes with these variables, which the services read from the environment themselves. */
  function services(variables: Record<string, string>): string[] {
    const none = { OPENAI_API_KEY: "", OPENAI_BASE_URL: "", DEEPGRAM_API_KEY: "", CARTESIA_API_KEY: "" };
    for (const [name, value] of Object.entries({ ...none, OPENAI_MODEL: "", CARTESIA_VOICE: "", ...variables }))
      vi.stubEnv(name, value);
    const { stt, llm, tts } = createServices();
    return [stt, llm, tts].map((service) => service.constructor.name);
  }

  it.each([
    [{}, ["ScriptedSTTService", "ScriptedLLMService", "ScriptedTTSService"]],
    [{ OPENAI_API_KEY: "k" }, ["OpenAISTTService", "OpenAILLMService", "OpenAITTSService"]],
    [{ OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }, ["ScriptedSTTService", "OpenAILLMService", "ScriptedTTSService"]],
    [
      { DEEPGRAM_API_KEY: "k", CARTESIA_API_KEY: "k" },
      ["DeepgramSTTService", "ScriptedLLMService", "CartesiaTTSService"],
    ],
  ])("takes the services that have a key, and a script for the others: %j", (variables, expected) => {
    expect(services(variables)).toEqual(expected);
  });
});
