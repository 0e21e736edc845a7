import { DEFAULT_API_URL, resolveApiKey, resolveApiUrl } from "../api/config.ts";
import { TavusApi } from "../api/tavus-api.ts";
import type { OptionValues } from "./command.ts";
import { createLogger, type CliIo } from "./io.ts";

/** An API client with the key and URL that it uses. */
export interface Session {
  readonly api: TavusApi;
  readonly apiUrl: string;
  readonly apiKey: string;
}

/**
 * Opens the API with the key from the environment, or asks for it at the terminal. Throws a TavusKeyError without a
 * key.
 */
export async function openSession(io: CliIo, options: OptionValues): Promise<Session> {
  const logger = createLogger(io);
  const apiUrl = selectApiUrl(io, options);
  const apiKey = await readKey(io, apiUrl);
  return { api: new TavusApi({ apiKey, apiUrl, logger }), apiUrl, apiKey };
}

/** The API's URL from the option, else from the environment, else Tavus' own. */
export function selectApiUrl(io: CliIo, options: OptionValues): string {
  const given = typeof options["api-url"] === "string" ? options["api-url"] : undefined;
  return resolveApiUrl(given, createLogger(io), io.env);
}

async function readKey(io: CliIo, apiUrl: string): Promise<string> {
  const inEnvironment = io.env.TAVUS_API_KEY?.trim() ?? "";
  if (inEnvironment !== "" || !io.interactive) return resolveApiKey(undefined, io.env);
  const where = apiUrl === DEFAULT_API_URL ? "Tavus" : apiUrl;
  return resolveApiKey(await io.askSecret(`API key for ${where} (not shown): `), {});
}

/** The fields of a resource that may be printed: all except the raw answer and the token that opens its room. */
export function withoutSecrets(resource: object): Readonly<Record<string, unknown>> {
  const { raw: _raw, meetingToken: _token, ...rest } = resource as Record<string, unknown>;
  return rest;
}
