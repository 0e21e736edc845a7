import type { EnvironmentVariables } from "./environment.ts";
import { InvalidOptionError } from "./errors.ts";

/** Throws an InvalidOptionError for a key that cannot be sent in a header. */
export function checkServiceKey(key: string): void {
  // Checked here because the error that fetch throws for an invalid header value quotes the value.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new InvalidOptionError("apiKey", "must be printable ASCII without spaces; copy it again from the portal.");
}

/**
 * Resolves the key of a service from the option, else from the vendor's environment variable.
 *
 * @throws InvalidOptionError without a key, and for one that cannot be sent in a header. The message never has the key.
 */
export function resolveServiceKey(
  option: string | undefined,
  { service, variable }: { readonly service: string; readonly variable: string },
  env: EnvironmentVariables = process.env,
): string {
  const key = (option ?? env[variable] ?? "").trim();
  if (key === "")
    throw new InvalidOptionError("apiKey", `is required for ${service}. Set ${variable}, or pass apiKey.`);
  checkServiceKey(key);
  return key;
}
