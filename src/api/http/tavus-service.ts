import { TavusBadResponseError, TavusConnectionError } from "../errors.ts";
import { toApiError } from "./error-response.ts";
import type { HttpService } from "./http-service.ts";

/** How the Tavus API authenticates and reports failures. */
export const TAVUS_SERVICE: HttpService = {
  name: "Tavus",
  authHeaders: (apiKey) => ({ "x-api-key": apiKey }),
  toError: toApiError,
  connectionError: (code, message, options) => new TavusConnectionError(code, message, options),
  tooLarge: (message, status) => new TavusBadResponseError(message, "", "", { status }),
};
