/**
 * The option that daily-js needs to join a room: none for a room of Daily's; for a room of the emulator on this machine, the
 * location of the emulator's bundle (`emulator.bundleUrl`). So the same page runs with both.
 */
export function bundleFor(roomUrl: string): { bundlePathOverride?: string } {
  const { hostname, origin } = new URL(roomUrl);
  return hostname === "127.0.0.1" || hostname === "localhost" ? { bundlePathOverride: `${origin}/_daily` } : {};
}
