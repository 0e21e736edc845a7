import type { Participant } from "../daily/daily-call.ts";

export interface RoomMembersHost {
  joined(participant: Participant, isFirst: boolean): void;
  updated(participant: Participant): void;
  left(participant: Participant): void;
}

/** Who is in the room: reports each join, change and leave once, and a leave only after its join. */
export class RoomMembers {
  readonly #host: RoomMembersHost;
  readonly #sessionIds = new Set<string>();
  #hasBeenJoined = false;

  constructor(host: RoomMembersHost) {
    this.#host = host;
  }

  /** Daily may announce a participant twice around our own join. */
  joined(participant: Participant): void {
    if (this.#sessionIds.has(participant.sessionId)) {
      this.#host.updated(participant);
      return;
    }
    this.#sessionIds.add(participant.sessionId);
    const isFirst = !this.#hasBeenJoined;
    this.#hasBeenJoined = true;
    this.#host.joined(participant, isFirst);
  }

  updated(participant: Participant): void {
    if (this.#sessionIds.has(participant.sessionId)) this.#host.updated(participant);
  }

  left(participant: Participant): void {
    if (this.#sessionIds.delete(participant.sessionId)) this.#host.left(participant);
  }
}
