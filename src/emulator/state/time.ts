/** A timestamp as Tavus writes it: ISO 8601 with microseconds (zeros here). */
export function toIsoTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("Z", "000Z");
}
