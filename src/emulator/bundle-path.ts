/** Path of the call machine on the room's own host, for daily-js. */
export const BUNDLE_PATH = "/_daily";
