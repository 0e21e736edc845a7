import type { LeftReason } from "../daily/daily-call.ts";
import { DailyCallError, type DailyErrorCode } from "../daily/daily-errors.ts";

const CODE: Record<LeftReason, DailyErrorCode> = {
  ejected: "ejected",
  roomEnded: "roomExpired",
  expired: "roomExpired",
  connectionLost: "connectionFailed",
};

/** The error for a call that the room ended. */
export function endedCallError(reason: LeftReason, message: string): DailyCallError {
  return new DailyCallError(CODE[reason], message);
}
