import type { ErrorHandler } from "hono";

import type { TavusState } from "../state/tavus-state.ts";
import { ApiFailure } from "./failure.ts";

/** What a client gets when a handler throws: the failure it threw, or a 500 that tells nothing. */
export function answerFailure({ logger }: TavusState): ErrorHandler {
  return (error, context) => {
    if (error instanceof ApiFailure) return context.json(error.body, error.status);
    logger.error("The emulator's API failed.", { path: context.req.path, error: error.message });
    return context.json({ error: "Internal server error" }, 500);
  };
}
