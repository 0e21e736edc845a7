import type { Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { ConversationHost, EmulatedConversation, ShutdownReason } from "../conversations/conversation.ts";
import { palUserId } from "../pal/pal-user-id.ts";
import { Pal } from "../pal/pal.ts";
import type { RoomServer } from "./room-server.ts";
import type { TavusState } from "../state/tavus-state.ts";

/** How the pals of an emulator behave. */
export interface PalBehaviour {
  /** "early": in the room before the create call is answered. "late": after `joinDelayMs`. Default "late". */
  readonly join?: "early" | "late" | "never";
  /** Delay of "late", in milliseconds. Default 200; a real face takes seconds to boot. */
  readonly joinDelayMs?: number;
  /** A second session of the same pal joins too, as after a reconnect that the room has not noticed. Default false. */
  readonly twice?: boolean;
  /** Leaves this long after it joined, in milliseconds. Default: it stays. */
  readonly leaveAfterMs?: number;
  /** From hearing a word to saying it, in milliseconds. Default 0, so that measurements show the transport and not a guess. */
  readonly renderLatencyMs?: number;
  /**
   * With tracks: after an interruption it ignores the track until it was silent for this long. Default 120 ms. What a real pal
   * does is not documented.
   */
  readonly interruptionSilenceMs?: number;
}

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

/** Opens a room and a pal for every conversation. */
export class RoomsHost implements ConversationHost {
  readonly #options: RoomsHostOptions;
  readonly #hosted = new Map<string, Hosted>();
  #state!: TavusState;

  constructor(options: RoomsHostOptions) {
    this.#options = options;
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
    const { renderLatencyMs = 0, interruptionSilenceMs = 120 } = behaviour;
    const pals = Array.from({ length: behaviour.twice === true ? 2 : 1 }, () => {
      const token = room.issueToken({ userId: userIdOfPal, userName: pal.name, owner: true });
      return new Pal({ conversation, token, renderLatencyMs, interruptionSilenceMs, clock, logger });
    });
    const hosted: Hosted = { pals, closed: new AbortController() };
    this.#hosted.set(id, hosted);
    room.events.on("joined", ({ userId }) => {
      this.#state.participantJoined(id, { isPal: userId === userIdOfPal });
    });
    room.events.on("left", ({ userId }) => {
      this.#state.participantLeft(id, { isPal: userId === userIdOfPal });
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
