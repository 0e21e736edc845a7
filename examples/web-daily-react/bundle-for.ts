/**
 * What daily-js needs to join a room: nothing for a room of Daily's, and for a room of the emulator on this machine the
 * place of the emulator's bundle (`emulator.bundleUrl`). So the same page runs in both.
 */
export function bundleFor(roomUrl: string): { bundlePathOverride?: string } {
  const { hostname, origin } = new URL(roomUrl);
  return hostname === "127.0.0.1" || hostname === "localhost" ? { bundlePathOverride: `${origin}/_daily` } : {};
}
