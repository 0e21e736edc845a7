import { z } from "zod";

import {
  flag,
  id,

  optionalNumber,
  optionalObject,
  optionalText,
  optionsSchema,
  present,
  resourceSchema,
  text,
} from "../http/fields.ts";
import type {
  CreateDailyRoomOptions,
  CreateTemporaryRoomOptions,
  DailyPermissions,
  DailyRoom,
  DailyRoomProperties,
  DailyRoomPropertyChanges,
  UpdateDailyRoomOptions,
} from "./room-types.ts";
import type { DailyDomain, DailyEjection, DailyPresence, DailyPresenceFilter } from "./session-types.ts";
import type { CreateMeetingTokenOptions, DailyMeetingToken } from "./token-types.ts";

/** Unix times in milliseconds are above this, those in seconds below it until the year 5138. */
const LATEST_UNIX_S = 1e11;

const unixS = z.int().min(0).max(LATEST_UNIX_S, "must be a Unix time in seconds, not in milliseconds");
const seconds = z.int().min(1);
const object = z.record(z.string(), z.unknown());
const list = z.array(z.string());

const permissions = optionsSchema<DailyPermissions>({
  hasPresence: flag.optional(),
  canSend: z
    .union([
      flag,
      z.array(z.enum(["video", "audio", "screenVideo", "screenAudio", "customVideo", "customAudio"])).readonly(),
    ])
    .optional(),
  canReceive: z
    .strictObject({ base: z.unknown().optional(), byUserId: object.optional(), byParticipantId: object.optional() })
    .optional() as z.ZodType<DailyPermissions["canReceive"], DailyPermissions["canReceive"]>,
  canAdmin: z.union([flag, z.array(z.enum(["participants", "streaming", "transcription"])).readonly()]).optional(),
});

const PROPERTIES = {
  nbf: unixS,
  exp: unixS,
  ejectAtRoomExp: flag,
  ejectAfterElapsed: seconds,
  maxParticipants: z.int().min(1),
  enableKnocking: flag,
  enableChat: flag,
  enableScreenshare: flag,
  enableHiddenParticipants: flag,
  enforceUniqueUserIds: flag,
  enableRecording: text,
  startVideoOff: flag,
  startAudioOff: flag,
  geo: text,
  sfuSwitchover: z.number(),
  enableAdaptiveSimulcast: flag,
  enableMultipartyAdaptiveSimulcast: flag,
  enableTerseLogging: flag,
  enablePrejoinUi: flag,
  lang: text,
  meetingJoinHook: z.string().max(255),
  enableTranscriptionStorage: flag,
  enableDialout: flag,
  sip: object,
  recordingsBucket: object,
  permissions,
} satisfies { readonly [K in keyof DailyRoomProperties]-?: z.ZodType<DailyRoomProperties[K]> };

type PropertyName = keyof typeof PROPERTIES;
const names = Object.keys(PROPERTIES) as PropertyName[];
const mapProperties = <T>(convert: (schema: z.ZodType, name: PropertyName) => T): Record<PropertyName, T> =>
  Object.fromEntries(names.map((name) => [name, convert(PROPERTIES[name], name)])) as Record<PropertyName, T>;

const properties = z.strictObject(mapProperties((schema) => schema.optional()));
const changes = z.strictObject(mapProperties((schema) => schema.nullable().optional()));

const name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, "-" or "_"');
const privacy = z.enum(["public", "private"]);

const createShape = {
  name: name.optional(),
  privacy: privacy.optional(),
  properties: properties.optional() as unknown as z.ZodType<DailyRoomProperties | undefined>,
  extraProperties: object.optional(),
};
export const createRoomSchema = optionsSchema<CreateDailyRoomOptions>(
  createShape as Parameters<typeof optionsSchema<CreateDailyRoomOptions>>[0],
);
export const createTemporaryRoomSchema = optionsSchema<CreateTemporaryRoomOptions>({
  ...(createShape as Parameters<typeof optionsSchema<CreateDailyRoomOptions>>[0]),
  expiresInS: seconds.optional(),
});
export const updateRoomSchema = optionsSchema<UpdateDailyRoomOptions>({
  privacy: privacy.optional(),
  properties: changes.optional() as unknown as z.ZodType<unknown, DailyRoomPropertyChanges | undefined>,
  extraProperties: object.optional(),
});

export const createTokenSchema = optionsSchema<CreateMeetingTokenOptions>({
  roomName: name.nullable(),
  expiresInS: seconds.nullable().optional(),
  expiresAtS: unixS.optional(),
  notBeforeS: unixS.optional(),
  isOwner: flag.optional(),
  userName: text.optional(),
  userId: z.string().min(1).max(36).optional(),
  permissions: permissions.optional(),
  ejectAtTokenExp: flag.optional(),
  ejectAfterElapsed: seconds.optional(),
  enableScreenshare: flag.optional(),
  startVideoOff: flag.optional(),
  startAudioOff: flag.optional(),
  enableRecording: text.optional(),
  startCloudRecording: flag.optional(),
  autoStartTranscription: flag.optional(),
  lang: text.optional(),
  extraProperties: object.optional(),
}).refine(({ expiresInS, expiresAtS }) => expiresInS === undefined || expiresAtS === undefined, {
  path: ["expiresAtS"],
  message: "excludes expiresInS",
});

export const presenceFilterSchema = optionsSchema<DailyPresenceFilter>({
  limit: z.int().min(1).optional(),
  userId: id.optional(),
  userName: id.optional(),
});
export const ejectionSchema = optionsSchema<DailyEjection>({
  ids: list.max(100).readonly().optional(),
  userIds: list.max(100).readonly().optional(),
  ban: flag.optional(),
}).refine(({ ids = [], userIds = [] }) => ids.length + userIds.length > 0, {
  path: ["ids"],
  message: "ids or userIds must name somebody",
});
export const permissionChangesSchema = z.record(z.string().min(1), permissions);

// Answers.

/** The room's configuration: known properties of the expected types. */
const config = resourceSchema<DailyRoomProperties>(
  mapProperties((schema) => schema.optional().catch(undefined)) as Parameters<
    typeof resourceSchema<DailyRoomProperties>
  >[0],
);
export const roomSchema = resourceSchema<DailyRoom>({
  name: present,
  url: present,
  id: optionalText,
  privacy: privacy.optional().catch(undefined),
  createdAt: optionalText,
  config: config.optional().catch(undefined).transform(withoutAbsent),
});
export const tokenSchema = resourceSchema<{ readonly token: string }>({ token: present });
export const tokenPropertiesSchema = resourceSchema<
  Omit<DailyMeetingToken, "expiresAtS" | "notBeforeS"> & { readonly exp?: number; readonly nbf?: number }
>({
  roomName: optionalText,
  isOwner: z.boolean().catch(false),
  userName: optionalText,
  userId: optionalText,
  exp: optionalNumber,
  nbf: optionalNumber,
});
export const presenceSchema = resourceSchema<
  Omit<DailyPresence, "sessionId" | "durationS"> & { readonly id: string; readonly duration?: number }
>({
  id: present,
  room: optionalText,
  userId: optionalText,
  userName: optionalText,
  joinTime: optionalText,
  duration: optionalNumber,
});
export const domainSchema = resourceSchema<DailyDomain>({
  domainName: present,
  domainId: optionalText,
  config: optionalObject.transform((value) => value ?? {}),
});

function withoutAbsent(value: DailyRoomProperties | undefined): DailyRoomProperties {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, inner]) => inner !== undefined));
}

