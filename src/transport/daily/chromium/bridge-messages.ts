/** The paths of the two sockets between a call frame and Node, and of the documents, each followed by its ticket. */
export const BRIDGE_PATHS = { document: "/document/", control: "/control", audio: "/audio" } as const;

/** What Node passes to a call frame before anything else: each token opens one socket, once, as its subprotocol. */
export interface CallTokens {
  readonly controlToken: string;
  readonly audioToken: string;
}

/** A call frame to open: its name in the page, and the path of its document. */
export interface CallFrameOrder extends CallTokens {
  readonly name: string;
  readonly path: string;
}
