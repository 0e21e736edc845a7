import { Hono } from "hono";
import { z } from "zod";

import { jsonLength } from "../../room/json-length.ts";
import type { PeerInfo } from "../../room/protocol.ts";
import type { RoomPermissions } from "../../room/room-options.ts";
import { RecordingRefusal } from "../../room/room-recordings.ts";
import type { ApiContext, ApiEnv } from "../request.ts";
import { dailyFailures } from "./daily-failure.ts";
import { permissionsSchema } from "./daily-properties.ts";
import { readDailyBody, readLimit } from "./daily-request.ts";
import type { DailyRoomRecord, DailyState } from "./daily-state.ts";

/** In characters of JSON: "4 KB". */
const LONGEST_APP_MESSAGE = 4096;
/** Who sends the app messages of the REST API; what Daily gives as the sender is not documented. */
const REST_API_SENDER = "00000000-0000-0000-0000-000000000000";

const object = z.record(z.string(), z.unknown());
const ids = z.array(z.string()).max(100).optional();
const ejectSchema = z.looseObject({ ids, user_ids: ids, ban: z.boolean().optional() });
const messageSchema = z.looseObject({ data: object, recipient: z.string().default("*") });
const permissionsOfSchema = z.looseObject({ data: z.record(z.string(), permissionsSchema) });
const setDataSchema = z.looseObject({
  data: object.default({}),
  merge_strategy: z.enum(["replace", "shallow-merge"]).default("replace"),
  keys_to_delete: z.array(z.string()).default([]),
});
const startRecordingSchema = z.looseObject({
  type: z.enum(["cloud", "cloud-audio-only", "raw-tracks", "local"]).optional(),
  layout: z.unknown().optional(),
  instanceId: z.string().max(100).optional(),
});

/** What `/rooms/:name/…` does to the people in the room. */
export function dailySessionRoutes(state: DailyState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const known = (context: ApiContext): DailyRoomRecord => state.get(context.req.param("name") ?? "");

  routes.get("/:name/presence", (context) => {
    const { room } = known(context);
    const limit = readLimit(context) ?? Infinity;
    const { userId, userName } = context.req.query();
    const people = room
      .participants()
      .filter((peer) => userId === undefined || peer.userId === userId)
      .filter((peer) => userName === undefined || peer.userName === userName);
    const data = people.slice(0, limit).map((peer) => presentPeer(state, room.name, peer));
    return context.json({ total_count: people.length, data });
  });

  routes.post("/:name/eject", async (context) => {
    const { room } = known(context);
    const { ids: sessionIds = [], user_ids: userIds = [], ban = false } = await readDailyBody(context, ejectSchema);
    if (sessionIds.length + userIds.length === 0) throw dailyFailures.invalid("ids or user_ids must be given");
    const found = room.participants().filter(({ sessionId }) => sessionIds.includes(sessionId));
    for (const { sessionId } of found) room.eject(sessionId);
    const byUserId = room.ejectUsers(userIds, { ban });
    return context.json({ ejectedIds: [...found.map(({ sessionId }) => sessionId), ...byUserId] });
  });

  routes.post("/:name/send-app-message", async (context) => {
    const { room } = known(context);
    const { data, recipient } = await readDailyBody(context, messageSchema);
    if ((jsonLength(data) ?? Infinity) > LONGEST_APP_MESSAGE) throw dailyFailures.invalid("data: at most 4 KB");
    room.relay(REST_API_SENDER, data, recipient);
    return context.json({ sent: true });
  });

  routes.post("/:name/update-permissions", async (context) => {
    const { room } = known(context);
    const { data } = await readDailyBody(context, permissionsOfSchema);
    for (const { sessionId } of room.participants()) {
      const permissions = data[sessionId] ?? data["*"];
      if (permissions !== undefined) room.setPermissions(sessionId, permissions as RoomPermissions);
    }
    return context.json({});
  });

  const getData = (context: ApiContext): Response => context.json({ data: known(context).room.sessionData ?? {} });
  routes.get("/:name/get-session-data", getData);
  routes.post("/:name/get-session-data", getData);

  routes.post("/:name/set-session-data", async (context) => {
    const { room } = known(context);
    const { data, merge_strategy: strategy, keys_to_delete: keys } = await readDailyBody(context, setDataSchema);
    const merged = strategy === "replace" ? data : { ...room.sessionData, ...data };
    const kept = Object.fromEntries(
      Object.entries(merged).filter(([key]) => strategy === "replace" || !keys.includes(key)),
    );
    if (!room.shareData(kept)) throw dailyFailures.invalid("data: too large");
    return context.json({});
  });

  routes.post("/:name/recordings/start", async (context) => {
    const { room } = known(context);
    const { type, layout, instanceId } = await readDailyBody(context, startRecordingSchema);
    if (room.participants().length === 0) throw dailyFailures.invalid("nobody is in the room");
    try {
      const recording = room.startRecording({
        type: "start-recording",
        ...(type !== undefined && { recordingType: type }),
        ...(layout !== undefined && { layout }),
        ...(instanceId !== undefined && { instanceId }),
      });
      return context.json({ recordingId: recording.recordingId, instanceId: recording.instanceId });
    } catch (thrown) {
      if (thrown instanceof RecordingRefusal) throw dailyFailures.invalid(thrown.message);
      throw thrown;
    }
  });

  routes.post("/:name/recordings/stop", async (context) => {
    const { room } = known(context);
    const { instanceId } = await readDailyBody(context, startRecordingSchema);
    if (!room.stopRecording(instanceId)) throw dailyFailures.invalid("no such recording is running");
    return context.json({});
  });

  return routes;
}

/** `/presence`: the rooms that somebody is in. */
export function dailyPresenceRoutes(state: DailyState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (context) => {
    const busy = state.list().filter(({ room }) => room.participants().length > 0);
    const rows = busy.map(({ room }): [string, object[]] => [
      room.name,
      room
        .participants()
        .map((peer) => ({ ...presentPeer(state, room.name, peer), mtgSessionId: room.meetingId })),
    ]);
    return context.json(Object.fromEntries(rows));
  });
  return routes;
}

function presentPeer(state: DailyState, room: string, peer: PeerInfo): object {
  return {
    room,
    id: peer.sessionId,
    // Without one in the token, the session id stands for it inside the emulator.
    userId: peer.userId === peer.sessionId ? null : peer.userId,
    userName: peer.userName === "" ? null : peer.userName,
    joinTime: new Date(peer.joinedAtMs).toISOString(),
    duration: Math.floor((state.clock.wallMs() - peer.joinedAtMs) / 1000),
  };
}
