/** The paths of the page, and of its two sockets to Node. */
export const BRIDGE_PATHS = { page: "/call", control: "/control", audio: "/audio" } as const;

/** What Node passes to the page before anything else: each token opens one socket, once, as its subprotocol. */
export interface PageConfig {
  readonly controlToken: string;
  readonly audioToken: string;
}
