import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What another frame pipeline measures of itself: the same ten pass-through processors, on the same machine. */
export interface PeerFigures {
  readonly name: string;
  readonly hopsPerSecond: number;
  readonly traverseMs: number;
}

/**
 * Runs a peer's own bench: a command that prints one JSON object with `name`, `hopsPerSecond` and `traverseMs` (p50) as
 * its last line. Peers in other languages are no part of this project, so their benches are not either.
 */
export async function runPeer(command: string): Promise<PeerFigures> {
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { timeout: 120_000 });
  const answer = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Partial<PeerFigures>;
  const { name, hopsPerSecond, traverseMs } = answer;
  if (typeof name !== "string" || typeof hopsPerSecond !== "number" || typeof traverseMs !== "number") {
    throw new Error("The peer's last line must be a JSON object with name, hopsPerSecond and traverseMs.");
  }
  return { name, hopsPerSecond, traverseMs };
}
