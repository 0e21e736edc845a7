import { z } from "zod";

import { InvalidOptionError } from "../../util/errors.ts";
import { toProblems } from "../base/transport-params.ts";
import type { TrackSubscription } from "../daily/daily-call.ts";

/** Which tracks to receive, by the session id of their sender. */
export type SubscriptionUpdate = Readonly<Record<string, TrackSubscription>>;

const wanted = z.boolean().optional();
const schema = z.record(
  z.string().min(1),
  z.strictObject({
    microphone: wanted,
    camera: wanted,
    screenAudio: wanted,
    screenVideo: wanted,
    custom: z.union([z.boolean(), z.record(z.string(), z.boolean())]).optional(),
  }),
);

/**
 * The entries of an update.
 *
 * @throws InvalidOptionError that lists every problem.
 */
export function parseSubscriptions(update: SubscriptionUpdate): [sessionId: string, subscription: TrackSubscription][] {
  const parsed = schema.safeParse(update);
  if (!parsed.success) throw new InvalidOptionError("subscriptions", toProblems(parsed.error));
  return Object.entries(update);
}
