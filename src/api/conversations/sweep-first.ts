import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import type { Logger } from "../../util/logger.ts";
import { toLogText } from "../../util/url-text.ts";
import type { CostMeter } from "../cost/index.ts";
import type { ConversationEnder, ConversationJournal } from "../journal/index.ts";

/** Ending what a killed process left open may free the slot that the creation needs, but must not delay it for long. */
const SWEEP_TIMEOUT_MS = 5000;

/** Ends what killed processes left open, ahead of a creation. Bounded; logs what was done; never rejects. */
export async function sweepFirst(
  journal: ConversationJournal,
  api: ConversationEnder,
  clock: Clock,
  logger: Logger,
  meter?: CostMeter,
): Promise<void> {
  const sweeping = journal.sweep(api, (swept) => meter?.swept(swept));
  try {
    const { ended, failed } = await withDeadline(clock, sweeping, SWEEP_TIMEOUT_MS, "Sweeping the journal");
    for (const conversationId of ended)
      logger.warn("Ended a conversation that a killed bot left open.", { conversationId });
    for (const { error, ...conversation } of failed) {
      logger.warn("A conversation that a killed bot left open could not be ended.", {
        ...conversation,
        error: toLogText(error),
      });
    }
  } catch (thrown) {
    logger.warn("Conversations that killed bots left open are still being ended.", { error: toLogText(thrown) });
  }
}
