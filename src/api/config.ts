import type { EnvironmentVariables } from "../util/environment.ts";
import { InvalidOptionError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { TavusKeyError } from "./errors.ts";

/** Tavus' own API (docs.tavus.io/api-reference/overview). */
export const DEFAULT_API_URL = "https://tavusapi.com/v2";

/** The key from the option, else from TAVUS_API_KEY. Throws a TavusKeyError without one. */
export function resolveApiKey(option: string | undefined, env: EnvironmentVariables = process.env): string {
  const key = (option ?? env.TAVUS_API_KEY ?? "").trim();
  if (key === "") throw new TavusKeyError();
  checkApiKey(key);
  return key;
}

/** The API's URL from the option, else from TAVUS_API_URL, else Tavus' own. Has no trailing slash. */
export function resolveApiUrl(
  option: string | undefined,
  logger: Logger,
  env: EnvironmentVariables = process.env,
): string {
  return checkApiUrl(option ?? env.TAVUS_API_URL, { name: "Tavus", defaultUrl: DEFAULT_API_URL }, logger);
}

/** Throws an InvalidOptionError for a key that cannot be sent in a header. */
export function checkApiKey(key: string): void {
  // Checked here because the error that fetch throws for an invalid header value quotes the value.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new InvalidOptionError("apiKey", "must be printable ASCII without spaces; copy it again from the portal.");
}

/** Checks the URL of a service's API, or takes the default. The result has no trailing slash. */
export function checkApiUrl(
  given: string | undefined,
  { name, defaultUrl }: { readonly name: string; readonly defaultUrl: string },
  logger: Logger,
): string {
  const trimmed = (given ?? "").trim();
  const text = trimmed === "" ? defaultUrl : trimmed;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new InvalidOptionError("apiUrl", `must be an http or https URL such as ${defaultUrl}.`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new InvalidOptionError("apiUrl", "must have no user, password, query or fragment.");
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    logger.warn(`The ${name} API URL is not https, so the API key is sent unencrypted.`, { host: url.host });

  return url.href.replace(/\/+$/, "");
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
