import { checkPalFit } from "../../../api/conversations/pal-fit.ts";
import type { Pal } from "../../../api/types.ts";
import { TavusTransportError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";

/** The PAL cannot serve this bot; nothing was created. */
export class PalFitError extends TavusTransportError {
  readonly code = "palUnfit";
  readonly palId: string;

  constructor(palId: string, message: string) {
    super(`${message} To use it all the same, pass palFit: "warn".`);
    this.palId = palId;
  }
}

export type FittedPal = Pick<Pal, "palName" | "pipelineMode" | "transportType" | "transportMicrophone">;

/** Warns of a PAL that may not do under this bot; throws a {@link PalFitError} for one that cannot, when told to. */
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
