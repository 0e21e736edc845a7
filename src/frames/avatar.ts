import { SystemFrame } from "./frame.ts";

/**
 * Why the avatar does not speak for the bot:
 *
 * - "notStarted": no conversation was asked for yet
 * - "notConfigured": the options name no account, or neither a face nor a PAL
 * - "unauthorized" (401), "outOfCredits" (402), "forbidden" (403), "notFound" (404), "invalidRequest" (400), "rateLimited"
 *   (429, and too many concurrent conversations), "serverError" (5xx, or an answer that cannot be read), "unreachable",
 *   "timeout", "vetoed" (the hook `beforeCreate` refused): the conversation was not created
 * - "joinFailed": the conversation exists, but its room could not be joined
 * - "notJoined": the pal did not join within `params.palReadyTimeoutMs`
 * - "left": the pal has left the room
 * - "silent": audio is sent to the pal, and nothing is heard from it
 * - "timeLimit": the conversation's time is over; also how an account looks whose credits ran out during the call
 * - "shutDown": Tavus has announced the end of the conversation, for another reason
 * - "roomEnded": the room of the conversation has ended
 * - "unknown": anything else; see `error`
 */
export type AvatarReason =
  | "notStarted"
  | "notConfigured"
  | "unauthorized"
  | "outOfCredits"
  | "forbidden"
  | "notFound"
  | "invalidRequest"
  | "rateLimited"
  | "serverError"
  | "unreachable"
  | "timeout"
  | "vetoed"
  | "joinFailed"
  | "notJoined"
  | "left"
  | "silent"
  | "timeLimit"
  | "shutDown"
  | "roomEnded"
  | "unknown";

/**
 * What the avatar does for the bot:
 *
 * - "none": there is no avatar, and none is awaited
 * - "joining": its conversation is being created, or the pal is awaited in the room
 * - "speaking": the pal is in the room and is the bot's voice
 * - "absent": the pal is not there, or is silent; it may return without any action
 * - "failed": the pal will not return to this conversation. Only a video service tries a new one, at `retryAtMs` on the
 *   pipeline's clock
 */
export type AvatarState =
  | {
      readonly is: "none";
      /** Why there is none. */
      readonly reason: AvatarReason;
    }
  | { readonly is: "joining" }
  | {
      readonly is: "speaking";
      /** The pal's session in the room. */
      readonly sessionId: string;
    }
  | {
      readonly is: "absent";
      /** Why the pal does not speak. */
      readonly reason: AvatarReason;
    }
  | {
      readonly is: "failed";
      /** What failed first. */
      readonly reason: AvatarReason;
      /** The error behind it, where there is one. */
      readonly error?: Error | undefined;
      /** When a new conversation is tried, in milliseconds on the pipeline's clock. Undefined: never. */
      readonly retryAtMs?: number | undefined;
    };

/** The state of the avatar has changed. Travels both ways from the transport. */
export class AvatarStateFrame extends SystemFrame {
  readonly kind = "AvatarStateFrame";
  /** The state from now on. */
  readonly state: AvatarState;
  /** The state until now. */
  readonly before: AvatarState;

  constructor(state: AvatarState, before: AvatarState) {
    super();
    this.state = state;
    this.before = before;
  }
}
