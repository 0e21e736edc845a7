/** Where the local room's signalling socket lives on the room's own host. */
export const SIGNAL_PATH = "/_daily/signal";
