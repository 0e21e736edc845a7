/** Path of the local room's signalling socket on the room's own host. */
export const SIGNAL_PATH = "/_daily/signal";
