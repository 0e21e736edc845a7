import { randomBytes } from "node:crypto";

import type { Clock } from "../../util/clock.ts";
import type { RoomErrorType } from "./protocol.ts";
import type { RoomOptions, TokenOptions, TokenReader } from "./room-options.ts";

/** A rejected join. */
export class RoomRefusal extends Error {
  readonly type: RoomErrorType;

  constructor(type: RoomErrorType, message: string) {
    super(message);
    this.name = "RoomRefusal";
    this.type = type;
  }
}

interface Applicant {
  readonly sessionId: string;
  readonly token?: string | undefined;
}

/** Who may join a room. */
export class RoomAdmission {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, TokenOptions>();
  readonly #banned = new Set<string>();
  readonly #readToken: TokenReader;

  /** `readToken` reads tokens that were not issued here. Default: there are none. */
  constructor(clock: Clock, readToken: TokenReader = () => undefined) {
    this.#clock = clock;
    this.#readToken = readToken;
  }

  /** Issues a token, which is stored here. */
  issueToken(options: TokenOptions): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, options);
    return token;
  }

  /** Rejects these user ids until {@link endSession}. */
  ban(userIds: readonly string[]): void {
    for (const id of userIds) this.#banned.add(id);
  }

  endSession(): void {
    this.#banned.clear();
  }

  /** Returns what the applicant's token grants, or throws a `RoomRefusal`. */
  admit(
    { token, sessionId }: Applicant,
    { expiresAtMs, notBeforeMs, isPrivate, maxParticipants }: RoomOptions,
    seated: ReadonlyMap<string, unknown>,
  ): TokenOptions | undefined {
    const now = this.#clock.wallMs();
    if (expiresAtMs !== undefined && now >= expiresAtMs)
      throw new RoomRefusal("exp-room", "The meeting room has expired.");
    if (notBeforeMs !== undefined && now < notBeforeMs)
      throw new RoomRefusal("nbf-room", "The meeting room is not open yet.");
    const granted = token === undefined ? undefined : (this.#tokens.get(token) ?? this.#readToken(token));
    if ((token !== undefined || isPrivate) && !granted)
      throw new RoomRefusal("not-allowed", "You are not allowed to join this meeting.");
    if (granted?.expiresAtMs !== undefined && now >= granted.expiresAtMs)
      throw new RoomRefusal("exp-token", "The meeting token has expired.");
    if (granted?.notBeforeMs !== undefined && now < granted.notBeforeMs)
      throw new RoomRefusal("nbf-token", "The meeting token is not valid yet.");
    if (granted?.userId !== undefined && this.#banned.has(granted.userId))
      throw new RoomRefusal("not-allowed", "You were removed from this meeting.");
    if (maxParticipants !== undefined && seated.size >= maxParticipants)
      throw new RoomRefusal("meeting-full", "The meeting is full.");
    if (seated.has(sessionId)) throw new RoomRefusal("not-allowed", "This session id is in the meeting already.");
    return granted;
  }
}
