import type { IncomingHttpHeaders } from "node:http";

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether the host of a URL is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

/**
 * Whether a server that serves only this machine may answer the request. Binding to 127.0.0.1 keeps other machines out;
 * the Host check rejects names that a web page has rebound to 127.0.0.1, and the Origin check rejects other sites'
 * pages.
 */
export function isLoopbackRequest(headers: IncomingHttpHeaders): boolean {
  const { host, origin } = headers;
  if (host === undefined || !isLoopbackHost(host.replace(/:\d+$/, ""))) return false;
  if (origin === undefined) return true;
  return URL.canParse(origin) && isLoopbackHost(new URL(origin).hostname);
}
