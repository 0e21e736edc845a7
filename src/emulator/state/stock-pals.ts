import type { EmulatedPal } from "../conversations/conversation.ts";

export const STOCK_CREATED_AT = "2024-10-18T23:20:28.943000Z";
export const STOCK_FACE_ID = "r90bbd427f71";

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

const ECHO_PALS: readonly EmulatedPal[] = [
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
    defaultFaceId: STOCK_FACE_ID,
    layers: {},
  },
  {
    ...STOCK_PAL,
    id: "pb87e71797da",
    name: "Livekit Tavus Persona",
    pipelineMode: "echo",
    defaultFaceId: "r4067604db72",
    layers: { transport: { transport_type: "livekit" } },
  },
];

/** The PAL of a conversation that names none. */
export const DEFAULT_PAL_ID = "pcb7a34da5fe";

/** Id, name, and the face where one is known; sources as for the stock faces. */
const FULL_PALS: readonly (readonly [id: string, name: string, faceId?: string])[] = [
  [DEFAULT_PAL_ID, "Sales Development Rep"],
  ["p0f105b5b82e", "Charlie"],
  ["p1abc173c043", "Charlie — PAL Maker"],
  ["p1af207b8189", "Sales Coach"],
  ["p1b06420cfdc", "Sara - Friendly Tutor"],
  ["p2fbd605", "Tavus' Personal AI", "r4c41453d2"],
  ["p3bb4745d4f9", "Santa", "raa1d440ec4a"],
  ["p48fdf065d6b", "Tavus Researcher", "rf4703150052"],
  ["p5d11710002a", "Healthcare Intake Assistant", "r4317e64d25a"],
  ["p72bafe6bb9a", "Personal Assistant Hudson"],
  ["p735435f8c36", "Casting Director Julian"],
  ["p82d609f1748", "Gigi - Banter Buddy"],
  ["p88964a7", "College Tutor"],
  ["p89b602b1174", "AI Trivia Host"],
  ["p9a95912", "Demo Persona", "r79e1c033f"],
  ["pa5ad6596ef5", "Healthcare Intake Assistant"],
  ["pa9c7a69d551", "Nathan Roleplay Coach"],
  ["paaee96e4f87", "Customer Support"],
  ["paf0c2da1c78", "Meeting Avatar"],
  ["pc1fdada4034", "Chatty Cathy"],
  ["pc55154f229a", "History Teacher", "r6ae5b6efc9d"],
  ["pdac61133ac5", "Interviewer"],
  ["pdced222244b", "Sales Coach"],
  ["pe13ed370726", "AI Interviewer", "r9d30b0e55ac"],
  ["pfb078329b77", "Mentor"],
];

/** The PALs that Tavus offers to everybody. */
export const STOCK_PALS: readonly EmulatedPal[] = [
  ...ECHO_PALS,
  ...FULL_PALS.map(([id, name, faceId = STOCK_FACE_ID]): EmulatedPal => ({
    ...STOCK_PAL,
    id,
    name,
    pipelineMode: "full",
    defaultFaceId: faceId,
    systemPrompt: `You are ${name}.`,
    layers: FULL_LAYERS,
  })),
];
