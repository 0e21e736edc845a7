import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { Participant } from "../daily/daily-call.ts";

/** How someone is known to be the pal, weakest first. Only `userId` cannot be forged: it comes from a meeting token. */
type Evidence = "name" | "event" | "userId";

const STRENGTH: Record<Evidence, number> = { name: 1, event: 2, userId: 3 };
const PAL_USER_ID = /tavus-(?:face|replica)/;

type Role =
  | { readonly is: "new" }
  | { readonly is: "client" }
  | { readonly is: "pal"; readonly by: Evidence }
  | { readonly is: "undecided"; readonly timer: TimerHandle };

interface Member {
  participant: Participant;
  role: Role;
}

export interface PalIdentityHost {
  palJoined(participant: Participant): void;
  palLeft(participant: Participant): void;
  clientConnected(participant: Participant): void;
  clientDisconnected(participant: Participant): void;
}

/**
 * Decides who in the room is the pal, in any order of joins: by user id, else by the event a pal sends when it is ready,
 * else by its name. Whoever has only the name stays undecided (neither pal nor client, so never listened to) for a
 * while. Better evidence takes the role from those who had it on worse, and worse never suffices again in this call: a
 * pal comes back with the evidence it had.
 */
export class PalIdentity {
  readonly #clock: Clock;
  readonly #decisionMs: number;
  readonly #host: PalIdentityHost;
  readonly #members = new Map<string, Member>();
  #palName: string | undefined;
  /** The best evidence seen in this call, of whoever. */
  #best = 0;

  constructor(clock: Clock, decisionMs: number, host: PalIdentityHost) {
    this.#clock = clock;
    this.#decisionMs = decisionMs;
    this.#host = host;
  }

  /** The pal's session; of several (an old session that has not timed out yet) the latest. */
  get pal(): Participant | undefined {
    return this.#pals().at(-1)?.participant;
  }

  isPal(sessionId: string): boolean {
    return this.#members.get(sessionId)?.role.is === "pal";
  }

  isClient(sessionId: string): boolean {
    return this.#members.get(sessionId)?.role.is === "client";
  }

  /** The name a pal would have; to be told before the first join. An empty one is none: anybody may have no name. */
  setPalName(name: string | undefined): void {
    this.#palName = name === "" ? undefined : name;
  }

  joined(participant: Participant): void {
    // Daily may tell of someone twice around our own join.
    if (this.#members.has(participant.sessionId)) {
      this.updated(participant);
      return;
    }
    const { sessionId } = participant;
    const member: Member = { participant, role: { is: "new" } };
    this.#members.set(sessionId, member);
    if (PAL_USER_ID.test(participant.userId)) {
      this.#becomePal(member, "userId");
    } else if (this.#hasPalName(participant) && this.#best <= STRENGTH.name && this.#pals().length === 0) {
      const timer = this.#clock.setTimeout(() => this.#decide(), this.#decisionMs);
      member.role = { is: "undecided", timer };
    } else {
      this.#becomeClient(member);
    }
  }

  /** A new name proves nothing, but a user id may come late. */
  updated(participant: Participant): void {
    const member = this.#members.get(participant.sessionId);
    if (!member) return;
    member.participant = participant;
    if (PAL_USER_ID.test(participant.userId)) this.#becomePal(member, "userId");
  }

  left(sessionId: string): void {
    const member = this.#members.get(sessionId);
    if (!member) return;
    this.#members.delete(sessionId);
    this.#leaveRole(member);
  }

  /** `system.pal_joined` or its older name came from this session. */
  announced(sessionId: string): void {
    const member = this.#members.get(sessionId);
    if (member && this.#best <= STRENGTH.event) this.#becomePal(member, "event");
  }

  /** Forgets everyone, without a word to the host. */
  close(): void {
    for (const { role } of this.#members.values()) if (role.is === "undecided") this.#clock.clearTimeout(role.timer);
    this.#members.clear();
  }

  #becomePal(member: Member, by: Evidence): void {
    if (member.role.is === "pal" && STRENGTH[member.role.by] >= STRENGTH[by]) return;
    const isNew = member.role.is !== "pal";
    if (isNew) this.#leaveRole(member);
    member.role = { is: "pal", by };
    this.#best = Math.max(this.#best, STRENGTH[by]);
    this.#revokeWeaker(STRENGTH[by]);
    if (isNew) this.#host.palJoined(member.participant);
  }

  /** Whoever was taken for the pal on less, or might have been, is a user. */
  #revokeWeaker(strength: number): void {
    for (const member of [...this.#members.values()]) {
      const { role } = member;
      const weaker = role.is === "undecided" || (role.is === "pal" && STRENGTH[role.by] < strength);
      if (weaker) this.#becomeClient(member);
    }
  }

  #becomeClient(member: Member): void {
    this.#leaveRole(member);
    member.role = { is: "client" };
    this.#host.clientConnected(member.participant);
  }

  #leaveRole({ role, participant }: Member): void {
    if (role.is === "undecided") this.#clock.clearTimeout(role.timer);
    else if (role.is === "pal") this.#host.palLeft(participant);
    else if (role.is === "client") this.#host.clientDisconnected(participant);
  }

  /** No better evidence came in time: the first who has the name is the pal, all others are users. */
  #decide(): void {
    const first = [...this.#members.values()].find(({ role }) => role.is === "undecided");
    if (first) this.#becomePal(first, "name");
  }

  #pals(): Member[] {
    return [...this.#members.values()].filter(({ role }) => role.is === "pal");
  }

  #hasPalName({ userName }: Participant): boolean {
    return this.#palName !== undefined && userName === this.#palName;
  }
}
