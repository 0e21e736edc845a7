// Compiled, not run, against the declarations in the packed tarball (scripts/check-pack.mjs).
import { Pipeline, PipelineTask, TavusTransport } from "tavus-transport";
import { startEmulator } from "tavus-transport/emulator";

export async function useTheTypes(): Promise<PipelineTask> {
  const emulator = await startEmulator();
  const transport = new TavusTransport({ botName: "Ada", faceId: "r90bbd427f71" });
  await emulator.close();
  return new PipelineTask(new Pipeline([transport.input(), transport.output()]));
}
