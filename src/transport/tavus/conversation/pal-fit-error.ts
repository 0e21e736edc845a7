import { checkPalFit } from "../../../api/conversations/pal-fit.ts";
import type { Pal } from "../../../api/types.ts";
import { TavusTransportError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";

/** The chosen PAL cannot serve this bot; no conversation was created. */
export class PalFitError extends TavusTransportError {
  /** Always "palUnfit". */
  readonly code = "palUnfit";
  /** The PAL that does not fit. */
  readonly palId: string;

  /** Made by the transport; `message` says why the PAL does not fit. */
  constructor(palId: string, message: string) {
    super(`${message} To use it all the same, pass palFit: "warn".`);
    this.palId = palId;
  }
}

/** The fields of a PAL that decide whether it can serve a bot. */
export type FittedPal = Pick<Pal, "palName" | "pipelineMode" | "transportType" | "transportMicrophone">;

/**
 * Warns about a PAL that cannot, or may not, serve this bot.
 *
 * @throws PalFitError for a PAL that cannot, if `strict`.
 */
export function checkFit(
  palId: string,
  pal: FittedPal,
  audioDelivery: "track" | "messages",
  { logger, strict }: { readonly logger: Logger; readonly strict: boolean },
): void {
  const fit = checkPalFit({ ...pal, palId }, audioDelivery);
  if (fit.level === "ok") return;
  if (fit.level === "error" && strict) throw new PalFitError(palId, fit.message);
  logger.warn(fit.message, { palId });
}
