import type { Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { ConversationHost, EmulatedConversation, ShutdownReason } from "../conversations/conversation.ts";
import type { PalBehaviour } from "../pal/pal-behaviour.ts";
import type { PalFailureKind } from "../pal/pal-failure.ts";
import { palUserId } from "../pal/pal-user-id.ts";
import { Pal } from "../pal/pal.ts";
import type { RoomServer } from "./room-server.ts";
import type { TavusState } from "../state/tavus-state.ts";

export interface RoomsHostOptions {
  readonly rooms: RoomServer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxAppMessageSize: number;
  readonly pal: PalBehaviour;
}

interface Hosted {
  readonly pals: readonly Pal[];
  readonly closed: AbortController;
}

/** What the page says about a pal that fails. */
const FAILED: Readonly<Record<PalFailureKind, string>> = {
  freeze: "froze: it is in the room, but mute",
  leave: "left",
  outOfCredits: "ran out of credits: all conversations end",
  roomDeleted: "its room was deleted",
  roomExpired: "its room expired",
};

/** Opens a room and a pal for every conversation. */
export class RoomsHost implements ConversationHost {
  readonly #options: RoomsHostOptions;
  readonly #hosted = new Map<string, Hosted>();
  #failuresLeft: number;
  #state!: TavusState;

  constructor(options: RoomsHostOptions) {
    this.#options = options;
    this.#failuresLeft = options.pal.failure?.conversations ?? Infinity;
  }

  /** State and host refer to each other; the host is created first. */
  connect(state: TavusState): void {
    this.#state = state;
  }

  pal(conversationId: string): Pal | undefined {
    return this.#hosted.get(conversationId)?.pals[0];
  }

  async open(conversation: EmulatedConversation): Promise<{ readonly meetingToken?: string }> {
    const { rooms, clock, logger, maxAppMessageSize, pal: behaviour } = this.#options;
    const { id, requireAuth, maxParticipants, face, pal } = conversation;
    const room = rooms.createRoom(id, {
      isPrivate: requireAuth,
      maxAppMessageSize,
      enableRecording: conversation.properties.enable_recording === true,
      ...(maxParticipants !== undefined && { maxParticipants }),
    });
    const userIdOfPal = palUserId(face.id);
    const { renderLatencyMs = 0, interruptionSilenceMs = 120, video = {} } = behaviour;
    const failure = this.#failuresLeft-- > 0 ? behaviour.failure : undefined;
    const cause = (kind: PalFailureKind): void => {
      this.#cause(kind, id);
    };
    const pals = Array.from({ length: behaviour.twice === true ? 2 : 1 }, () => {
      const token = room.issueToken({ userId: userIdOfPal, userName: pal.name, owner: true });
      const common = { conversation, renderLatencyMs, interruptionSilenceMs, video, failure, cause, clock, logger };
      return new Pal({ ...common, token });
    });
    for (const one of pals) {
      one.events
        .on("failed", (kind) => {
          this.#state.activity.add({ kind: "pal", room: id, title: FAILED[kind], failed: true });
        })
        .on("recovered", (kind) => {
          this.#state.activity.add({ kind: "pal", room: id, title: kind === "freeze" ? "thawed" : "joined again" });
        });
    }
    const hosted: Hosted = { pals, closed: new AbortController() };
    this.#hosted.set(id, hosted);
    room.events.on("joined", ({ userId }) => {
      this.#state.participantJoined(id, { isPal: userId === userIdOfPal });
    });
    room.events.on("left", ({ userId }) => {
      this.#state.participantLeft(id, { isPal: userId === userIdOfPal });
    });
    room.events.on("ended", () => {
      // Not by the conversation's own end, which comes before its room's.
      if (this.#hosted.get(id) === hosted) void this.#state.conversations.end(id, "daily_room_has_been_deleted");
    });
    room.events.on("recordingStarted", ({ recordingId }) => {
      this.#state.recordingStarted(id, recordingId);
    });
    room.events.on("recordingStopped", ({ recordingId }) => {
      this.#state.recordingStopped(id, recordingId);
    });
    if (behaviour.join === "early") await Promise.all(pals.map((one) => one.join()));
    else if (behaviour.join !== "never") this.#live(hosted, behaviour);
    const tokenExpiresAtMs = clock.wallMs() + conversation.limits.participantAbsentTimeoutS * 1000;
    return requireAuth ? { meetingToken: room.issueToken({ expiresAtMs: tokenExpiresAtMs }) } : {};
  }

  close(conversationId: string, reason: ShutdownReason): Promise<void> {
    const hosted = this.#hosted.get(conversationId);
    this.#hosted.delete(conversationId);
    hosted?.closed.abort(new Error("The conversation has ended."));
    const { rooms } = this.#options;
    for (const pal of hosted?.pals ?? []) {
      // Not through the pal's own socket: its last message might arrive after the room is gone.
      if (pal.sessionId) rooms.room(conversationId)?.relay(pal.sessionId, pal.shutdownMessage(reason));
      pal.close();
    }
    rooms.deleteRoom(conversationId);
    return Promise.resolve();
  }

  /** What befalls more than a pal: the account, or the room. */
  #cause(kind: PalFailureKind, id: string): void {
    const { rooms } = this.#options;
    if (kind === "outOfCredits") this.#state.conversations.runOutOfCredits();
    else if (kind === "roomDeleted") rooms.deleteRoom(id, { error: "ejected", message: "The room was deleted." });
    else if (kind === "roomExpired") rooms.deleteRoom(id, { error: "exp-room", message: "The room has expired." });
  }

  #live({ pals, closed }: Hosted, { joinDelayMs = 200, leaveAfterMs }: PalBehaviour): void {
    const { clock, logger } = this.#options;
    const live = async (): Promise<void> => {
      await sleep(clock, joinDelayMs, closed.signal);
      await Promise.all(pals.map((pal) => pal.join()));
      if (leaveAfterMs === undefined) return;
      await sleep(clock, leaveAfterMs, closed.signal);
      for (const pal of pals) pal.leave();
    };
    live().catch((thrown: unknown) => {
      if (!closed.signal.aborted) logger.error("The pal could not join.", { error: asError(thrown) });
    });
  }
}
