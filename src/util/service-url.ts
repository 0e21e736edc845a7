import { InvalidOptionError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { isLoopbackHost } from "./loopback.ts";

/** What is known about the URL of a service before the user gives one. */
export interface ServiceUrlRule {
  /** Name of the service, for messages. */
  readonly name: string;
  /** Name of the option, for the error. */
  readonly field: string;
  /** The service's own URL. Its protocol decides which protocols are allowed: http and https, or ws and wss. */
  readonly defaultUrl: string;
}

/**
 * Checks the URL of a service, or takes the default. The result has no trailing slash. Warns when the key would be sent
 * unencrypted to another machine.
 *
 * @throws InvalidOptionError for anything that is not a plain URL of one of the allowed protocols.
 */
export function checkServiceUrl(given: string | undefined, rule: ServiceUrlRule, logger: Logger): string {
  const { name, field, defaultUrl } = rule;
  const trimmed = (given ?? "").trim();
  const text = trimmed === "" ? defaultUrl : trimmed;
  const [plain, secure] = defaultUrl.startsWith("ws") ? (["ws:", "wss:"] as const) : (["http:", "https:"] as const);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== plain && url.protocol !== secure)) {
    const allowed = `${plain.slice(0, -1)} or ${secure.slice(0, -1)}`;
    throw new InvalidOptionError(field, `must be an ${allowed} URL such as ${defaultUrl}.`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new InvalidOptionError(field, "must have no user, password, query or fragment.");
  if (url.protocol === plain && !isLoopbackHost(url.hostname) && !url.hostname.startsWith("127.")) {
    const warning = `The ${name} API URL is not ${secure.slice(0, -1)}, so the API key is sent unencrypted.`;
    logger.warn(warning, { host: url.host });
  }
  return url.href.replace(/\/+$/, "");
}
