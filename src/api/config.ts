import type { EnvironmentVariables } from "../util/environment.ts";
import type { Logger } from "../util/logger.ts";
import { checkServiceKey } from "../util/service-key.ts";
import { checkServiceUrl } from "../util/service-url.ts";
import { TavusKeyError } from "./errors.ts";

/** Tavus' own API (docs.tavus.io/api-reference/overview). */
export const DEFAULT_API_URL = "https://tavusapi.com/v2";

/** The key from the option, else from TAVUS_API_KEY. Throws a TavusKeyError without one. */
export function resolveApiKey(option: string | undefined, env: EnvironmentVariables = process.env): string {
  const key = (option ?? env.TAVUS_API_KEY ?? "").trim();
  if (key === "") throw new TavusKeyError();
  checkServiceKey(key);
  return key;
}

/** The API's URL from the option, else from TAVUS_API_URL, else Tavus' own. Has no trailing slash. */
export function resolveApiUrl(
  option: string | undefined,
  logger: Logger,
  env: EnvironmentVariables = process.env,
): string {
  return checkServiceUrl(option ?? env.TAVUS_API_URL, { name: "Tavus", field: "apiUrl", defaultUrl: DEFAULT_API_URL }, logger);
}
