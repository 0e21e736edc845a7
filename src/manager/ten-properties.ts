import type { ManagerOptions } from "./manager-options.ts";

/** The properties of the TEN framework's Tavus extension, under their names there. */
export interface TenProperties {
  /** See `apiKey`. */
  readonly tavus_api_key?: string | undefined;
  /** See `palId`. */
  readonly persona_id?: string | undefined;
  /** See `faceId`. */
  readonly replica_id?: string | undefined;
  /** See `conversationName`. */
  readonly conversation_name?: string | undefined;
  /** In seconds; see `maxCallDurationS`. */
  readonly max_call_duration?: number | undefined;
  /** See `enableRecording`. */
  readonly enable_recording?: boolean | undefined;
  /** See `language`. */
  readonly language?: string | undefined;
  /** See `autoCreatePal`. */
  readonly auto_create_persona?: boolean | undefined;
  /** See `palName`. */
  readonly persona_name?: string | undefined;
  /** See `systemPrompt`. */
  readonly system_prompt?: string | undefined;
  /** See `context`. */
  readonly context?: string | undefined;
  /** See `greeting`. */
  readonly default_greeting?: string | undefined;
  /** See `enablePerception`. */
  readonly enable_perception?: boolean | undefined;
  /** See `perceptionModel`. */
  readonly perception_model?: string | undefined;
  /** See `enableSmartTurnDetection`. */
  readonly enable_smart_turn_detection?: boolean | undefined;
  /** See `autoStart`. */
  readonly auto_start_on_boot?: boolean | undefined;
  /** Ignored: Tavus knows its own models by their names, and others by `llm_base_url`. */
  readonly llm_provider?: string | undefined;
  /** See `llm.model`. */
  readonly llm_model?: string | undefined;
  /** See `llm.baseUrl`. */
  readonly llm_base_url?: string | undefined;
  /** See `llm.apiKey`. */
  readonly llm_api_key?: string | undefined;
  /** See `tts.engine`. */
  readonly tts_provider?: string | undefined;
  /** See `tts.voiceId`. */
  readonly tts_voice_id?: string | undefined;
}

const NAMES = {
  tavus_api_key: "apiKey",
  persona_id: "palId",
  replica_id: "faceId",
  conversation_name: "conversationName",
  max_call_duration: "maxCallDurationS",
  enable_recording: "enableRecording",
  auto_create_persona: "autoCreatePal",
  persona_name: "palName",
  system_prompt: "systemPrompt",
  default_greeting: "greeting",
  enable_perception: "enablePerception",
  perception_model: "perceptionModel",
  enable_smart_turn_detection: "enableSmartTurnDetection",
  auto_start_on_boot: "autoStart",
} as const satisfies Partial<Record<keyof TenProperties, keyof ManagerOptions>>;

const NESTED = {
  llm_model: ["llm", "model"],
  llm_base_url: ["llm", "baseUrl"],
  llm_api_key: ["llm", "apiKey"],
  tts_provider: ["tts", "engine"],
  tts_voice_id: ["tts", "voiceId"],
} as const satisfies Partial<Record<keyof TenProperties, readonly ["llm" | "tts", string]>>;

const has = <T extends object>(table: T, name: string): name is keyof T & string => Object.hasOwn(table, name);

/** Renames TEN's properties. An empty text counts as not given, as in TEN's property files; our own names win. */
export function fromTenNames(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === "" && (has(NAMES, name) || has(NESTED, name))) continue;
    if (has(NAMES, name)) {
      renamed[NAMES[name]] = options[NAMES[name]] ?? value;
    } else if (has(NESTED, name)) {
      const [group, field] = NESTED[name];
      renamed[group] = { [field]: value, ...(renamed[group] as object), ...(options[group] as object | undefined) };
    } else if (name !== "llm_provider") {
      renamed[name] =
        typeof renamed[name] === "object" ? { ...renamed[name], ...(value as object) } : (value ?? renamed[name]);
    }
  }
  return renamed;
}
