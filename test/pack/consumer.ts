// Compiled, not run, against the declarations in the packed tarball (scripts/check-pack.mjs): all entry points whole,
// and a little of what they are for.
import { createServer } from "node:http";
import { Pipeline, PipelineTask, TavusTransport } from "tavus-transport";
import { createWebhookHandler, TavusApi } from "tavus-transport/api";
import { startEmulator } from "tavus-transport/emulator";

export * as library from "tavus-transport";
export * as api from "tavus-transport/api";
export * as emulator from "tavus-transport/emulator";
// Its vendor's package is not installed here: the declarations must not need it.
export * as openai from "tavus-transport/openai";
export * as testing from "tavus-transport/testing";
export * as cartesia from "tavus-transport/cartesia";
export * as deepgram from "tavus-transport/deepgram";
export * as elevenlabs from "tavus-transport/elevenlabs";
export * as smartTurn from "tavus-transport/smart-turn";

export async function useTheTypes(): Promise<PipelineTask> {
  await using emulator = await startEmulator();
  const { apiKey, apiUrl } = emulator;
  const transport = new TavusTransport({ botName: "Ada", faceId: "r90bbd427f71", apiKey, apiUrl });
  createServer(createWebhookHandler({ secret: apiKey, onShutdown: ({ cause }) => console.log(cause) }));
  for await (const { status } of new TavusApi({ apiKey, apiUrl }).documents.list()) console.log(status);
  return new PipelineTask(new Pipeline([transport.input(), transport.output()]));
}
