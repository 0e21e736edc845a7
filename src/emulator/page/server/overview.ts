import type { Activity } from "../../state/activity-log.ts";
import { DEFAULT_PAL_ID } from "../../state/stock-pals.ts";
import type { EmulatedConversation } from "../../conversations/conversation.ts";
import { palUserId } from "../../pal/pal-user-id.ts";
import type { Room } from "../../room/room.ts";
import type { RoomServer } from "../../room/room-server.ts";
import type { TavusState } from "../../state/tavus-state.ts";
import type { ActivityView, Choices, ConversationView, Overview, PersonView } from "../home-protocol.ts";
import { describeFault } from "./describe-fault.ts";
import { readable, readableLine } from "./readable.ts";

const ENDED_SHOWN = 20;
const ROOMS_SHOWN = 100;
const FAULTS_SHOWN = 50;
const PEOPLE_SHOWN = 50;
const ACTIVITY_SHOWN = 200;

export interface OverviewSource {
  readonly tavus: TavusState;
  readonly rooms: RoomServer;
  readonly roomUrl: (name: string) => string;
}

/** The emulator's state for the page, with the activity since `after`. */
export function describeEmulator({ tavus, rooms, roomUrl }: OverviewSource, after: number): Overview {
  const { conversations, clock, faults, activity } = tavus;
  const all = conversations.list();
  let ended = 0;
  const shown = all.filter(({ status }) => status === "active" || ++ended <= ENDED_SHOWN);
  const active = all.filter(({ status }) => status === "active");
  const secrets = [tavus.apiKey, ...active.map(({ meetingToken }) => meetingToken ?? "")];
  return {
    nowWallMs: clock.wallMs(),
    openConversations: conversations.openConversations,
    maxConcurrent: conversations.maxConcurrent,
    creditsS: Number.isFinite(conversations.creditsS) ? conversations.creditsS : null,
    conversations: shown.map((one) => conversationView(one, rooms.room(one.id))),
    olderConversations: all.length - shown.length,
    rooms: rooms.rooms
      .filter(({ name }) => conversations.get(name) === undefined)
      .slice(0, ROOMS_SHOWN)
      .map((room) => ({ name: room.name, joinUrl: roomUrl(room.name), people: peopleIn(room, undefined) })),
    faults: faults.armed.slice(0, FAULTS_SHOWN).map(describeFault),
    activity: activity.since(after, ACTIVITY_SHOWN).map((entry) => activityView(entry, secrets)),
    lastSeq: activity.lastSeq,
  };
}

/** The choices of the form for a new conversation. */
export function listChoices({ catalog }: TavusState): Choices {
  return {
    faces: catalog.faces.filter(({ status }) => status === "completed").map(({ id, name }) => ({ id, name })),
    pals: catalog.pals.map(({ id, name, defaultFaceId }) => ({ id, name, hasFace: defaultFaceId !== null })),
    defaultPalId: DEFAULT_PAL_ID,
  };
}

function conversationView(conversation: EmulatedConversation, room: Room | undefined): ConversationView {
  const { id, name, pal, face, status, createdWallMs } = conversation;
  return {
    id,
    name,
    pal: { id: pal.id, name: pal.name },
    face: { id: face.id, name: face.name },
    status,
    note: noteOn(conversation),
    createdWallMs,
    ...(status === "active" && { joinUrl: toJoinUrl(conversation) }),
    people: room ? peopleIn(room, face.id) : [],
  };
}

function noteOn({ testMode, shutdownReason, requireAuth, audioOnly }: EmulatedConversation): string {
  if (testMode) return "test mode";
  if (shutdownReason !== undefined) return shutdownReason.replaceAll("_", " ");
  return [requireAuth && "private", audioOnly && "audio only"].filter((part) => part !== false).join(", ");
}

function toJoinUrl({ url, meetingToken }: EmulatedConversation): string {
  return meetingToken === undefined ? url : `${url}?t=${encodeURIComponent(meetingToken)}`;
}

function peopleIn(room: Room, faceId: string | undefined): PersonView[] {
  return room
    .participants()
    .slice(0, PEOPLE_SHOWN)
    .map(({ userName, userId }) => ({
      name: userName || "(no name)",
      isPal: faceId !== undefined && userId === palUserId(faceId),
    }));
}

function activityView(entry: Activity, secrets: readonly string[]): ActivityView {
  const { id, wallMs, kind, room, times, failed = false } = entry;
  const detail = readable(entry.detail, secrets);
  return {
    id,
    wallMs,
    kind,
    title: readableLine(entry.title, secrets),
    failed,
    times,
    ...(room !== undefined && { room }),
    ...(detail !== undefined && { detail }),
  };
}
