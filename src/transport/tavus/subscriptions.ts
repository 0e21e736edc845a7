import { z } from "zod";

import { OptionsError } from "../base/options-error.ts";
import { problemsOf } from "../base/transport-params.ts";
import type { Subscription } from "../daily/daily-call.ts";

/** What is to be received, by the session id of its sender. */
export type SubscriptionUpdate = Readonly<Record<string, Subscription>>;

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

/** The entries of an update. Throws an {@link OptionsError} that lists every problem. */
export function checkedSubscriptions(update: SubscriptionUpdate): [sessionId: string, subscription: Subscription][] {
  const parsed = schema.safeParse(update);
  if (!parsed.success) throw new OptionsError("subscriptions", problemsOf(parsed.error));
  return Object.entries(update);
}
