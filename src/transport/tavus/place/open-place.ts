import { asError, InvalidOptionError } from "../../../util/errors.ts";
import { toCreationFailure } from "../avatar/avatar-failures.ts";
import type { AvatarMonitor } from "../avatar/avatar-monitor.ts";
import { createOrJoinConversation, type ConversationContext } from "../conversation/conversation-source.ts";
import type { OpenedPlace } from "./call-place.ts";
import { hasFallbackRoom, openFallbackRoom, type FallbackRoomContext } from "./fallback-room.ts";

export interface PlaceContext extends ConversationContext {
  readonly avatar: AvatarMonitor;
  /** Whether the place is still needed. */
  readonly isWanted: () => boolean;
}

/**
 * Opens the conversation that the options ask for, or the fallback room where there is none.
 *
 * @throws TavusApiError, PalFitError and the like where the avatar is not optional; FallbackRoomError where both fail;
 * InvalidOptionError in any case.
 */
export async function openPlace(context: PlaceContext): Promise<OpenedPlace> {
  const { options, avatar } = context;
  if (options.noAvatarBecause !== undefined) {
    avatar.notConfigured(options.noAvatarBecause);
    return await openFallbackRoom(toFallbackContext(context));
  }
  avatar.opening();
  try {
    return await createOrJoinConversation(context);
  } catch (thrown) {
    const error = asError(thrown);
    avatar.failed(toCreationFailure(error), error);
    if (!hasFallbackRoom(options.fallback) || error instanceof InvalidOptionError || !context.isWanted()) throw thrown;
    return await openFallbackRoom(toFallbackContext(context));
  }
}

/** What a fallback room needs of what a conversation needs. */
export function toFallbackContext({
  options,
  clock,
  logger,
}: Pick<ConversationContext, "options" | "clock" | "logger">): FallbackRoomContext {
  const { fallback, botName, conversation } = options;
  return { fallback, botName, lifetimeS: conversation.maxCallDurationS, clock, logger };
}
