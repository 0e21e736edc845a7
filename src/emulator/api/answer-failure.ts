import type { ErrorHandler } from "hono";

import type { TavusState } from "../state/tavus-state.ts";
import { ApiFailure } from "./failure.ts";

/** Answers a request whose handler threw: with the ApiFailure it threw, or with a 500 without details. */
export function answerFailure({ logger }: TavusState): ErrorHandler {
  return (error, context) => {
    if (error instanceof ApiFailure) return context.json(error.body, error.status);
    logger.error("The emulator's API failed.", { path: context.req.path, error: error.message });
    return context.json({ error: "Internal server error" }, 500);
  };
}
