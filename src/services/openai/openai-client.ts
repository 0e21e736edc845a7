import type { OpenAI } from "openai";

import { loadPeer } from "../vendor/index.ts";
import type { OpenAIAccess } from "./openai-access.ts";

/**
 * Loads the `openai` package and creates a client that leaves retries and deadlines to its user.
 *
 * @param user - Name of the service, for the error.
 * @throws MissingPackageError if the package is not installed.
 */
export async function openOpenAIClient(
  user: string,
  { apiKey, baseUrl }: OpenAIAccess,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenAI> {
  const sdk = await loadPeer(user, "openai", () => import("openai"));
  return new sdk.OpenAI({
    // The constructor wants one; the header below is what is sent.
    apiKey: apiKey ?? "none",
    adminAPIKey: null,
    baseURL: baseUrl,
    maxRetries: 0,
    // Failures are reported by the service, without what the server wrote.
    logLevel: "off",
    defaultHeaders: { ...headers, ...(apiKey === undefined && { authorization: null }) },
  });
}
