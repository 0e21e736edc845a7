import type { Clock, TimerHandle } from "../../../util/clock.ts";
import type { Logger } from "../../../util/logger.ts";
import type { Participant } from "../../daily/daily-call.ts";

/** How a participant is known to be the pal, weakest first. Only `userId` cannot be forged: it is from a meeting token. */
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

export interface PalIdentityOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a participant with nothing but the pal's name stays undecided. */
  readonly decisionMs: number;
  /** Whether there can be a pal. Where not, everyone is a client, whatever their evidence. Default true. */
  readonly hasPal?: boolean;
  readonly host: PalIdentityHost;
}

/**
 * Decides which participant is the pal, in any order of joins: by user id, else by the event a pal sends when it is ready,
 * else by its name. A participant with only the name stays undecided (neither pal nor client, so never captured) for a
 * while. Better evidence takes the role from those who had it on weaker evidence, and weaker evidence never suffices again
 * in this call: a pal that returns has the evidence it had before.
 */
export class PalIdentity {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #decisionMs: number;
  readonly #hasPal: boolean;
  readonly #host: PalIdentityHost;
  readonly #members = new Map<string, Member>();
  #palName: string | undefined;
  /** The strength of the best evidence in this call, of any participant. */
  #best = 0;

  constructor({ clock, logger, decisionMs, hasPal = true, host }: PalIdentityOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#decisionMs = decisionMs;
    this.#hasPal = hasPal;
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

  /** The name a pal would have; set it before the first join. An empty name is no evidence: anyone may have none. */
  setPalName(name: string | undefined): void {
    this.#palName = name === "" ? undefined : name;
  }

  joined(participant: Participant): void {
    // Daily may announce a participant twice around our own join.
    if (this.#members.has(participant.sessionId)) {
      this.updated(participant);
      return;
    }
    const { sessionId } = participant;
    const member: Member = { participant, role: { is: "new" } };
    this.#members.set(sessionId, member);
    if (this.#hasPal && PAL_USER_ID.test(participant.userId)) {
      this.#becomePal(member, "userId");
    } else if (this.#hasPalName(participant) && this.#best <= STRENGTH.name && this.#pals().length === 0) {
      const timer = this.#clock.setTimeout(() => this.#decide(), this.#decisionMs);
      member.role = { is: "undecided", timer };
      const waitMs = this.#decisionMs;
      this.#logger.debug("A participant has the pal's name; waiting for better evidence.", { sessionId, waitMs });
    } else {
      this.#becomeClient(member);
    }
  }

  /** A new name proves nothing, but the user id may arrive late. */
  updated(participant: Participant): void {
    const member = this.#members.get(participant.sessionId);
    if (!member) return;
    member.participant = participant;
    if (this.#hasPal && PAL_USER_ID.test(participant.userId)) this.#becomePal(member, "userId");
  }

  left(sessionId: string): void {
    const member = this.#members.get(sessionId);
    if (!member) return;
    this.#members.delete(sessionId);
    this.#leaveRole(member);
  }

  /** This session sent `system.pal_joined`, or the event under its older name. */
  announced(sessionId: string): void {
    const member = this.#members.get(sessionId);
    if (member && this.#hasPal && this.#best <= STRENGTH.event) this.#becomePal(member, "event");
  }

  /** Forgets all participants without calling the host. */
  close(): void {
    for (const { role } of this.#members.values()) if (role.is === "undecided") this.#clock.clearTimeout(role.timer);
    this.#members.clear();
  }

  #becomePal(member: Member, by: Evidence): void {
    if (member.role.is === "pal" && STRENGTH[member.role.by] >= STRENGTH[by]) return;
    const isNew = member.role.is !== "pal";
    if (isNew) this.#leaveRole(member);
    member.role = { is: "pal", by };
    const { sessionId } = member.participant;
    this.#logger.info("A participant is taken for the pal.", { sessionId, evidence: by });
    this.#best = Math.max(this.#best, STRENGTH[by]);
    this.#revokeWeaker(STRENGTH[by]);
    if (isNew) this.#host.palJoined(member.participant);
  }

  /** Participants taken for the pal on weaker evidence, and undecided ones, are users. */
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
    this.#logger.debug("A participant is a user.", { sessionId: member.participant.sessionId });
    this.#host.clientConnected(member.participant);
  }

  #leaveRole({ role, participant }: Member): void {
    if (role.is === "undecided") this.#clock.clearTimeout(role.timer);
    if (role.is === "pal" || role.is === "client") this.#logRoleLeft(role.is, participant);
    if (role.is === "pal") this.#host.palLeft(participant);
    else if (role.is === "client") this.#host.clientDisconnected(participant);
  }

  /** A session that is still in the room has lost its role to better evidence. */
  #logRoleLeft(role: "pal" | "client", { sessionId }: Participant): void {
    const who = role === "pal" ? "The pal" : "A user";
    const message = this.#members.has(sessionId) ? "A participant changes its role." : `${who} left.`;
    this.#logger.debug(message, { sessionId });
  }

  /** No better evidence arrived in time: the first participant with the name is the pal, all others are users. */
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
