import { createHash } from "node:crypto";

import { z } from "zod";

import { PcmQueue } from "../../audio/pcm-queue.ts";

/** Interactions the pal accepts as app messages (tavus-api, section 3.1). Tavus' older docs show `done` as a string. */
const interaction = z.object({
  message_type: z.literal("conversation"),
  event_type: z.string(),
  conversation_id: z.string().optional(),
  properties: z
    .object({
      modality: z.enum(["text", "audio"]).default("text"),
      audio: z.string().optional(),
      sample_rate: z.number().int().min(8000).max(48_000).default(16_000),
      inference_id: z.string().optional(),
      done: z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]).default(false),
    })
    .optional(),
});
export type EchoInteraction = z.infer<typeof interaction>;

/** Parses an interaction for this conversation; undefined for any other message. */
export function readInteraction(data: unknown, conversationId: string): EchoInteraction | undefined {
  const parsed = interaction.safeParse(data);
  if (!parsed.success) return undefined;
  const { conversation_id: id } = parsed.data;
  return id === undefined || id === conversationId ? parsed.data : undefined;
}

/** Tavus converts any inference id to a UUID, the same for all chunks of an utterance. */
export function normalisedInferenceId(id: string): string {
  const hex = createHash("md5").update(id).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export type SayBlock = (samples: Int16Array, sampleRate: number) => void;

/** Cuts what arrives in `conversation.echo` messages into the 10 ms blocks that the pal speaks. */
export class EchoBuffer {
  readonly #say: SayBlock;
  #queue = new PcmQueue();
  #sampleRate = 0;
  inferenceId: string | undefined;

  constructor(say: SayBlock) {
    this.#say = say;
  }

  /** Takes one chunk; returns whether it was the last of its utterance. */
  take({
    audio = "",
    sample_rate: sampleRate,
    inference_id: id = "",
    done,
  }: NonNullable<EchoInteraction["properties"]>): boolean {
    const inferenceId = normalisedInferenceId(id);
    if (inferenceId !== this.inferenceId || sampleRate !== this.#sampleRate) {
      this.#rest();
      this.inferenceId = inferenceId;
      this.#sampleRate = sampleRate;
    }
    const bytes = Buffer.from(audio, "base64");
    const pcm = new Int16Array(bytes.length >> 1);
    for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(i * 2);
    this.#queue.push(pcm);
    const block = sampleRate / 100;
    while (this.#queue.length >= block) this.#next(block);
    if (done) this.#rest();
    return done;
  }

  clear(): void {
    this.#queue = new PcmQueue();
    this.inferenceId = undefined;
  }

  #rest(): void {
    if (this.#queue.length > 0) this.#next(this.#sampleRate / 100);
  }

  #next(block: number): void {
    const samples = new Int16Array(block);
    this.#queue.read(samples);
    this.#say(samples, this.#sampleRate);
  }
}
