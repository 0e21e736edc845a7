import { z } from "zod";

import type { RoomOptions, RoomPermissions, TokenOptions } from "../../room/room-options.ts";

// Times may have fractions: Pipecat's helper sends Python's time.time() plus seconds.
const unixS = z.number().min(0);
const seconds = z.number().min(0);
const flag = z.boolean();
const object = z.record(z.string(), z.unknown());
const recording = z.enum(["cloud", "cloud-audio-only", "local", "raw-tracks"]);

export const permissionsSchema = z.looseObject({
  hasPresence: flag.optional(),
  canSend: z
    .union([flag, z.array(z.enum(["video", "audio", "screenVideo", "screenAudio", "customVideo", "customAudio"]))])
    .optional(),
  canReceive: object.optional(),
  canAdmin: z.union([flag, z.array(z.enum(["participants", "streaming", "transcription"]))]).optional(),
});

/** The documented properties. What Daily does with others is not documented; here they are kept. */
const ROOM_SHAPE = {
  nbf: unixS,
  exp: unixS,
  eject_at_room_exp: flag,
  eject_after_elapsed: seconds,
  max_participants: z.int().min(1),
  enable_knocking: flag,
  enable_chat: flag,
  enable_screenshare: flag,
  enable_hidden_participants: flag,
  enforce_unique_user_ids: flag,
  enable_recording: recording,
  start_video_off: flag,
  start_audio_off: flag,
  owner_only_broadcast: flag,
  enable_prejoin_ui: flag,
  sfu_switchover: z.number(),
  enable_mesh_sfu: flag,
  enable_adaptive_simulcast: flag,
  enable_multiparty_adaptive_simulcast: flag,
  enable_terse_logging: flag,
  enable_transcription_storage: flag,
  enable_dialout: flag,
  meeting_join_hook: z.string().max(255),
  lang: z.string(),
  geo: z.string(),
  sip: object,
  permissions: permissionsSchema,
};

type Nullish<T extends z.ZodRawShape> = { readonly [K in keyof T]: z.ZodOptional<z.ZodNullable<T[K] & z.ZodType>> };

/** null restores a default. */
function nullish<T extends z.ZodRawShape>(shape: T): Nullish<T> {
  return Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [key, (schema as z.ZodType).nullish()]),
  ) as unknown as Nullish<T>;
}

export const roomPropertiesSchema = z.looseObject(nullish(ROOM_SHAPE));
export type RoomConfig = Readonly<Record<string, unknown>>;

/** Properties that a room shows only if they differ from these. */
const DEFAULTS: RoomConfig = {
  eject_at_room_exp: false,
  max_participants: 200,
  enable_knocking: false,
  enable_chat: false,
  enable_screenshare: true,
  enable_hidden_participants: false,
  enforce_unique_user_ids: false,
  start_video_off: false,
  start_audio_off: false,
  sfu_switchover: 0.5,
  enable_adaptive_simulcast: true,
  enable_multiparty_adaptive_simulcast: false,
  enable_terse_logging: false,
  enable_transcription_storage: false,
};

/** The properties after a change: null restores a default, and defaults are left out. */
export function changeConfig(before: RoomConfig, change: RoomConfig): RoomConfig {
  return Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(
      ([key, value]) => value !== null && value !== undefined && value !== DEFAULTS[key],
    ),
  );
}

/** The rules of the room, from its configuration. */
export function toRoomOptions(privacy: "public" | "private", config: RoomConfig): RoomOptions {
  const known = roomPropertiesSchema.parse(config);
  return {
    isPrivate: privacy === "private",
    maxParticipants: known.max_participants ?? 200,
    enableRecording: known.enable_recording !== undefined,
    uniqueUserIds: known.enforce_unique_user_ids ?? false,
    startAudioOff: known.start_audio_off ?? false,
    startVideoOff: known.start_video_off ?? false,
    ejectAtExpiry: known.eject_at_room_exp ?? false,
    ...(typeof known.eject_after_elapsed === "number" && { ejectAfterMs: known.eject_after_elapsed * 1000 }),
    ...(typeof known.exp === "number" && { expiresAtMs: known.exp * 1000 }),
    ...(typeof known.nbf === "number" && { notBeforeMs: known.nbf * 1000 }),
    ...(known.permissions ? { permissions: known.permissions as RoomPermissions } : {}),
  };
}

export const tokenPropertiesSchema = z.looseObject({
  ...nullish({
    room_name: z.string(),
    exp: unixS,
    nbf: unixS,
    is_owner: flag,
    user_name: z.string(),
    user_id: z.string().max(36),
    eject_at_token_exp: flag,
    eject_after_elapsed: seconds,
    enable_screenshare: flag,
    start_video_off: flag,
    start_audio_off: flag,
    enable_recording: z.union([recording, flag]),
    start_cloud_recording: flag,
    start_cloud_recording_opts: object,
    auto_start_transcription: flag,
    permissions: permissionsSchema,
    lang: z.string(),
  }),
});
export type TokenProperties = Readonly<Record<string, unknown>>;

/** The claims of self-signed tokens, and of those that Daily signs. */
const CLAIM_OF_PROPERTY: Readonly<Record<string, string>> = {
  room_name: "r",
  exp: "exp",
  nbf: "nbf",
  is_owner: "o",
  user_name: "u",
  user_id: "ud",
  eject_at_token_exp: "ejt",
  eject_after_elapsed: "eje",
  enable_screenshare: "ss",
  start_video_off: "vo",
  start_audio_off: "ao",
  enable_recording: "er",
  start_cloud_recording: "sr",
  start_cloud_recording_opts: "sro",
  auto_start_transcription: "ast",
  permissions: "p",
  lang: "uil",
};
const PROPERTY_OF_CLAIM: ReadonlyMap<string, string> = new Map(
  Object.entries(CLAIM_OF_PROPERTY).map(([property, claim]) => [claim, property]),
);
/** Claims that every token has and that are no properties. */
const OWN_CLAIMS: ReadonlySet<string> = new Set(["d", "iat"]);

export function toClaims(properties: TokenProperties): Readonly<Record<string, unknown>> {
  const given = Object.entries(properties).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [CLAIM_OF_PROPERTY[key] ?? key, value]));
}

export function fromClaims(claims: Readonly<Record<string, unknown>>): TokenProperties {
  const given = Object.entries(claims).filter(([claim]) => !OWN_CLAIMS.has(claim));
  return Object.fromEntries(given.map(([claim, value]) => [PROPERTY_OF_CLAIM.get(claim) ?? claim, value]));
}

/** What a token grants in a room. Undefined for claims of the wrong types, which a self-signed token may have. */
export function toTokenOptions(properties: TokenProperties): TokenOptions | undefined {
  const parsed = tokenPropertiesSchema.safeParse(properties);
  if (!parsed.success) return undefined;
  const token = parsed.data;
  return {
    owner: token.is_owner ?? false,
    ejectAtExpiry: token.eject_at_token_exp ?? false,
    ...(token.user_id ? { userId: token.user_id } : {}),
    ...(token.user_name ? { userName: token.user_name } : {}),
    ...(typeof token.exp === "number" && { expiresAtMs: token.exp * 1000 }),
    ...(typeof token.nbf === "number" && { notBeforeMs: token.nbf * 1000 }),
    ...(typeof token.eject_after_elapsed === "number" && { ejectAfterMs: token.eject_after_elapsed * 1000 }),
    ...(typeof token.start_audio_off === "boolean" && { startAudioOff: token.start_audio_off }),
    ...(typeof token.start_video_off === "boolean" && { startVideoOff: token.start_video_off }),
    ...(token.enable_recording !== null &&
      token.enable_recording !== undefined && { enableRecording: token.enable_recording !== false }),
    ...(token.permissions ? { permissions: token.permissions as RoomPermissions } : {}),
  };
}
