import { z } from "zod";

const microphoneSchema = z.object({
  transport: z.object({ input_settings: z.object({ microphone: z.enum(["enabled", "disabled"]) }) }),
});

/** Whether a PAL with these layers listens to microphones; undefined when the layers leave it open. */
export function hasMicrophone(layers: Readonly<Record<string, unknown>>): boolean | undefined {
  const { data } = microphoneSchema.safeParse(layers);
  return data === undefined ? undefined : data.transport.input_settings.microphone === "enabled";
}
