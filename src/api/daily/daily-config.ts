import type { EnvironmentVariables } from "../../util/environment.ts";
import type { Logger } from "../../util/logger.ts";
import { checkServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";
import { DailyKeyError } from "./daily-errors.ts";

/** Daily's own API (docs.daily.co/reference/rest-api). */
export const DEFAULT_DAILY_API_URL = "https://api.daily.co/v1";

/** The key from the option, else from DAILY_API_KEY. Throws a DailyKeyError without one. */
export function resolveDailyApiKey(option: string | undefined, env: EnvironmentVariables = process.env): string {
  const key = (option ?? env.DAILY_API_KEY ?? "").trim();
  if (key === "") throw new DailyKeyError();
  checkServiceKey(key);
  return key;
}

/** The API's URL from the option, else from DAILY_API_URL, else Daily's own. Has no trailing slash. */
export function resolveDailyApiUrl(
  option: string | undefined,
  logger: Logger,
  env: EnvironmentVariables = process.env,
): string {
  return checkServiceUrl(option ?? env.DAILY_API_URL, { name: "Daily", field: "apiUrl", defaultUrl: DEFAULT_DAILY_API_URL }, logger);
}
