import type { EmulatedFace, EmulatedPal } from "./conversation.ts";

const STOCK_CREATED_AT = "2024-10-18T23:20:28.943000Z";

/** The layers of `pipecat0` as the real service has shown them. */
const PIPECAT0_LAYERS = {
  transport: {
    room_settings: {
      enable_chat: true,
      start_audio_off: false,
      start_video_off: false,
      enable_people_ui: true,
      enable_network_ui: true,
      enable_noise_cancellation_ui: true,
    },
    input_settings: { microphone: "disabled" },
  },
};

const FULL_LAYERS = {
  llm: { model: "tavus-gpt-oss" },
  tts: { tts_engine: "cartesia" },
  stt: { stt_engine: "tavus-auto" },
};

const STOCK_PAL = {
  delivery: "messages",
  systemPrompt: null,
  more: {},
  type: "system",
  createdAt: STOCK_CREATED_AT,
  updatedAt: STOCK_CREATED_AT,
} as const;

const STOCK_PALS: readonly EmulatedPal[] = [
  {
    ...STOCK_PAL,
    id: "pipecat0",
    name: "Ari",
    pipelineMode: "echo",
    defaultFaceId: null,
    systemPrompt: " ",
    layers: PIPECAT0_LAYERS,
  },
  {
    ...STOCK_PAL,
    id: "pipecat-stream",
    name: "Tavus Echo Audio Stream",
    pipelineMode: "echo",
    delivery: "track",
    defaultFaceId: "r90bbd427f71",
    layers: {},
  },
  {
    ...STOCK_PAL,
    id: "pb87e71797da",
    name: "LiveKit Stock PAL",
    pipelineMode: "echo",
    defaultFaceId: "r90bbd427f71",
    layers: { transport: { transport_type: "livekit" } },
  },
  {
    ...STOCK_PAL,
    id: "pcb7a34da5fe",
    name: "Anna",
    pipelineMode: "full",
    defaultFaceId: "r90bbd427f71",
    systemPrompt: "You are Anna, a sales development representative.",
    layers: FULL_LAYERS,
  },
];

/** The PAL of a conversation that names none. */
export const DEFAULT_PAL_ID = "pcb7a34da5fe";

const STOCK_FACES: readonly (readonly [id: string, name: string, modelName: string])[] = [
  ["r90bbd427f71", "Anna", "phoenix-4"],
  ["r5dc7c7d0bcb", "Gloria", "phoenix-4"],
  ["r874cc5f8a3b", "Lucas", "phoenix-4"],
  ["rf4e9d9790f0", "Anna (older)", "phoenix-3"],
  ["r5f0577fc829", "Older example", "phoenix-3"],
  ["rfe12d8b9597", "Older default", "phoenix-3"],
  ["rc9cff32ceba", "Anna-Casual", "phoenix-4"],
  ["rb32069a3012", "Luna", "phoenix-4"],
  ["r3f4182ef554", "Lucas-Studio", "phoenix-4"],
  ["rc8992fe8e8e", "Brooke", "phoenix-4.5"],
  ["rbb3ca3630f7", "Charlie", "phoenix-4.5"],
  ["rf90eb925bd8", "Ruby-Office", "phoenix-4.5"],
  ["rcc28da86847", "Ruby", "phoenix-4"],
];

/** A user's PALs, and faces, are kept up to this many; more are refused. */
const MAX_OF_A_KIND = 1000;

/** The PALs and faces there are: Tavus' stock and what was created. */
export class Catalog {
  readonly #pals = new Map(STOCK_PALS.map((pal) => [pal.id, pal]));
  readonly #faces = new Map<string, EmulatedFace>(
    STOCK_FACES.map(([id, name, modelName]) => [
      id,
      {
        id,
        name,
        modelName,
        type: "system",
        status: "completed",
        createdAt: STOCK_CREATED_AT,
        updatedAt: STOCK_CREATED_AT,
      },
    ]),
  );

  pal(id: string): EmulatedPal | undefined {
    return this.#pals.get(id);
  }

  face(id: string): EmulatedFace | undefined {
    return this.#faces.get(id);
  }

  get pals(): EmulatedPal[] {
    return [...this.#pals.values()];
  }

  get faces(): EmulatedFace[] {
    return [...this.#faces.values()];
  }

  /** Adds or replaces a PAL; false when there are too many. */
  addPal(pal: EmulatedPal): boolean {
    if (this.#pals.size >= MAX_OF_A_KIND && !this.#pals.has(pal.id)) return false;
    this.#pals.set(pal.id, pal);
    return true;
  }

  deletePal(id: string): void {
    this.#pals.delete(id);
  }

  /** Adds or replaces a face; false when there are too many. */
  addFace(face: EmulatedFace): boolean {
    if (this.#faces.size >= MAX_OF_A_KIND && !this.#faces.has(face.id)) return false;
    this.#faces.set(face.id, face);
    return true;
  }

  deleteFace(id: string): void {
    this.#faces.delete(id);
  }
}
