import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { isLoopbackHost } from "../../util/loopback.ts";
import { resolveServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";

const OPENAI_URL = "https://api.openai.com/v1";
const OPENAI_HOST = "api.openai.com";

/** Where OpenAI's services send their requests, and as whom. */
export interface OpenAIAccessOptions {
  /**
   * The API key. Default: `OPENAI_API_KEY`. A server on this machine needs none. Null: the server needs none. Required
   * with a `baseUrl` of another vendor, which must not receive OpenAI's key.
   */
  readonly apiKey?: string | null | undefined;
  /**
   * The URL in front of `/chat/completions`, such as `http://localhost:1234/v1`. Default: `OPENAI_BASE_URL`, else
   * `https://api.openai.com/v1`.
   */
  readonly baseUrl?: string | undefined;
}

/** Resolved {@link OpenAIAccessOptions}. */
export interface OpenAIAccess {
  /** Undefined for a server without keys. */
  readonly apiKey: string | undefined;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Whether the server is OpenAI's own, and not one that is compatible with it. */
  readonly isOpenAI: boolean;
}

/**
 * Resolves the key and the URL.
 *
 * @throws InvalidOptionError without a key where one is needed, and for an invalid key or URL.
 */
export function resolveOpenAIAccess(
  { apiKey, baseUrl }: OpenAIAccessOptions,
  logger: Logger,
  env: EnvironmentVariables = process.env,
): OpenAIAccess {
  const rule = { name: "OpenAI", field: "baseUrl", defaultUrl: OPENAI_URL };
  const url = checkServiceUrl(baseUrl ?? env.OPENAI_BASE_URL, rule, logger);
  const { hostname, host } = new URL(url);
  const isOpenAI = hostname === OPENAI_HOST || hostname.endsWith(`.${OPENAI_HOST}`);
  const access = { baseUrl: url, isOpenAI };
  if (apiKey === null) return { ...access, apiKey: undefined };
  const isLocal = isLoopbackHost(hostname) || hostname.startsWith("127.");
  if (baseUrl !== undefined && apiKey === undefined && !isOpenAI && !isLocal) {
    const why = "OPENAI_API_KEY is sent to OpenAI only. Pass apiKey, or null for a server that needs no key.";
    throw new InvalidOptionError("apiKey", `is required for ${host}: ${why}`);
  }
  if (isLocal && (apiKey ?? env.OPENAI_API_KEY ?? "").trim() === "") return { ...access, apiKey: undefined };
  const key = resolveServiceKey(apiKey, { service: "OpenAI", variable: "OPENAI_API_KEY" }, env);
  return { ...access, apiKey: key };
}
