import type { ActivityKind } from "../state/activity-log.ts";

// What the page at `/` gets from the emulator, as JSON. Names and texts in it come from anybody who calls the API or is in a
// room.

/** The header in which the page proves that this emulator served it. */
export const PAGE_TOKEN_HEADER = "x-page-token";
export const PAGE_TOKEN_META = "page-token";

export interface Overview {
  /** The emulator's clock, for ages. */
  readonly nowWallMs: number;
  readonly openConversations: number;
  readonly maxConcurrent: number;
  /** Null: unlimited. */
  readonly creditsS: number | null;
  /** All open conversations and the last ended ones, newest first. */
  readonly conversations: readonly ConversationView[];
  /** How many more ended conversations the API still knows. */
  readonly olderConversations: number;
  /** Rooms without a conversation. */
  readonly rooms: readonly RoomView[];
  readonly faults: readonly FaultView[];
  /** Entries new or changed since the last overview, oldest first. */
  readonly activity: readonly ActivityView[];
  /** Pass this as `after` the next time. */
  readonly lastSeq: number;
}

export interface ConversationView {
  readonly id: string;
  readonly name: string;
  readonly pal: NamedView;
  readonly face: NamedView;
  readonly status: "active" | "ended";
  /** Why it ended, or another remark; may be empty. */
  readonly note: string;
  readonly createdWallMs: number;
  /** URL to join; absent when the conversation has ended. */
  readonly joinUrl?: string;
  readonly people: readonly PersonView[];
}

export interface NamedView {
  readonly id: string;
  readonly name: string;
}

export interface PersonView {
  readonly name: string;
  readonly isPal: boolean;
}

export interface RoomView {
  readonly name: string;
  readonly joinUrl: string;
  readonly people: readonly PersonView[];
}

export interface FaultView {
  readonly hits: string;
  readonly does: string;
  readonly left: string;
}

export interface ActivityView {
  readonly id: number;
  readonly wallMs: number;
  readonly kind: ActivityKind;
  readonly room?: string;
  readonly title: string;
  readonly failed: boolean;
  readonly times: number;
  readonly detail?: string;
}

/** The choices for a new conversation. */
export interface Choices {
  readonly faces: readonly NamedView[];
  /** `hasFace`: no face needs to be chosen. */
  readonly pals: readonly (NamedView & { readonly hasFace: boolean })[];
  readonly defaultPalId: string;
}
