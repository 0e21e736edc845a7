// Compiled, not run, against the declarations in the packed tarball (scripts/check-pack.mjs): all entry points whole,
// and a little of what they are for.
import { Pipeline, PipelineTask, TavusTransport } from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

export * as library from "tavus-transport";
export * as emulator from "tavus-transport/emulator";
export * as testing from "tavus-transport/testing";

export async function useTheTypes(): Promise<PipelineTask> {
  await using emulator = await startEmulator();
  const { apiKey, apiUrl } = emulator;
  const transport = new TavusTransport({ botName: "Ada", faceId: "r90bbd427f71", apiKey, apiUrl });
  return new PipelineTask(new Pipeline([transport.input(), transport.output()]));
}
