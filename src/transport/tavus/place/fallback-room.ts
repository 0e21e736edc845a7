import type { Clock } from "../../../util/clock.ts";
import { runWithDeadline } from "../../../util/deadline.ts";
import { asError, TavusTransportError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import { toLogText, toPlace } from "../../../util/url-text.ts";
import type { FallbackRoomApi, ResolvedFallback } from "../avatar/fallback.ts";
import { FALLBACK_CONVERSATION_ID, type CallPlace, type OpenedPlace } from "./call-place.ts";

/** For the room and its tokens together. */
const CREATE_TIMEOUT_MS = 10_000;
const DELETE_TIMEOUT_MS = 5000;

/** There is neither a conversation nor a room of our own to hold the call in. */
export class FallbackRoomError extends TavusTransportError {
  /** Always "noFallbackRoom". */
  readonly code = "noFallbackRoom";

  /** Made by the transport. `cause`: why the room could not be made. */
  constructor(cause: Error) {
    super(
      `The avatar has failed, and the fallback room could not be made: ${cause.message} Check the key and the state of Daily's API.`,
      { cause, retryable: cause instanceof TavusTransportError && cause.retryable },
    );
  }
}

export interface FallbackRoomContext {
  readonly fallback: ResolvedFallback;
  readonly botName: string;
  /** After this many seconds a room that was made ends by itself. */
  readonly lifetimeS: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether the call can go on in a room of our own. */
export function hasFallbackRoom({ is }: ResolvedFallback): boolean {
  return is === "room" || is === "api";
}

/**
 * The room that the options give, or a new one.
 *
 * @throws FallbackRoomError when none can be made.
 */
export async function openFallbackRoom(context: FallbackRoomContext): Promise<OpenedPlace> {
  const palName = Promise.resolve(undefined);
  const { fallback, logger } = context;
  if (fallback.is === "api") return { place: await makeRoom(context, fallback.api), palName };
  if (fallback.is !== "room") throw new FallbackRoomError(new Error("The options give none."));
  logger.info("Using the fallback room.", { room: toPlace(fallback.url) });
  const place: CallPlace = {
    conversationId: FALLBACK_CONVERSATION_ID,
    conversationUrl: fallback.url,
    meetingToken: fallback.token,
    isFallback: true,
    end: () => Promise.resolve(),
  };
  return { place, palName };
}

/** A private room with an end of its own: a process that is killed leaves nothing open for long. */
async function makeRoom(context: FallbackRoomContext, api: FallbackRoomApi): Promise<CallPlace> {
  const { botName, lifetimeS, clock, logger } = context;
  const startedMs = clock.nowMs();
  // Named here, so that a room can be deleted whose creation got no answer.
  const name = `fallback-${crypto.randomUUID()}`;
  const exp = Math.ceil(clock.wallMs() / 1000) + lifetimeS;
  try {
    return await runWithDeadline(clock, CREATE_TIMEOUT_MS, "Making the fallback room", async (signal) => {
      const properties = { exp, ejectAtRoomExp: true };
      const { url } = await api.createRoom({ name, privacy: "private", properties }, { signal });
      const token = { roomName: name, expiresAtS: exp };
      const [botToken, meetingToken] = await Promise.all([
        api.createMeetingToken({ ...token, userName: botName }, { signal }),
        api.createMeetingToken(token, { signal }),
      ]);
      logger.info("Fallback room created.", { room: toPlace(url), tookMs: Math.round(clock.nowMs() - startedMs) });
      const end = deletesOnce(context, api, name);
      const conversationId = FALLBACK_CONVERSATION_ID;
      return { conversationId, conversationUrl: url, meetingToken, botToken, isFallback: true, end };
    });
  } catch (thrown) {
    void deletesOnce(context, api, name)();
    throw new FallbackRoomError(asError(thrown));
  }
}

function deletesOnce({ clock, logger }: FallbackRoomContext, api: FallbackRoomApi, name: string): CallPlace["end"] {
  let deleting: Promise<void> | undefined;
  const remove = async (timeoutMs: number): Promise<void> => {
    try {
      await runWithDeadline(clock, timeoutMs, "Deleting the fallback room", async (signal) => {
        await api.deleteRoom(name, { signal });
      });
      logger.info("Fallback room deleted.", { name });
    } catch (thrown) {
      logger.warn("The fallback room could not be deleted; it ends by itself.", { name, error: toLogText(thrown) });
    }
  };
  return (timeoutMs = DELETE_TIMEOUT_MS) => (deleting ??= remove(Math.min(timeoutMs, DELETE_TIMEOUT_MS)));
}
