export { loadPeer } from "./load-peer.ts";
export { checkMaxRetries, type RequestFailure, retryBeforeFirstPiece } from "./retries.ts";
export { createVendorError, type VendorFailure } from "./vendor-error.ts";
export { openVendorSocket, toReason, type VendorSocket, type VendorSocketOptions } from "./vendor-socket.ts";
