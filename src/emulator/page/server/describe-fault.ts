import type { ArmedFault, Fault } from "../../state/faults.ts";
import type { FaultView } from "../home-protocol.ts";

/** A fault in words. */
export function describeFault({ fault, left }: ArmedFault): FaultView {
  return {
    hits: `${fault.api === "daily" ? "Daily: " : ""}${fault.method?.toUpperCase() ?? "any"} ${describePath(fault.path)}`,
    does: effect(fault),
    left: rest(fault, left),
  };
}

function describePath(path: Fault["path"]): string {
  if (path === undefined) return "request";
  return typeof path === "string" ? `${path}…` : String(path);
}

function effect(fault: Fault): string {
  const { status, body, delayMs } = fault;
  const answer = [
    status !== undefined && `status ${status}`,
    fault.garbage === true && "JSON that is cut off",
    fault.wrongShape === true && "JSON of the wrong shape",
    body !== undefined && "another body",
  ].filter((part) => part !== false);
  const parts = [
    fault.afterHandling === true && "carried out",
    delayMs !== undefined && `${delayMs} ms late`,
    // A reset or hanging connection gets no other answer.
    fault.hang === true
      ? "no answer"
      : fault.reset === true
        ? "connection reset"
        : answer.length > 0 && answer.join(", "),
  ].filter((part) => part !== false);
  return parts.length === 0 ? "nothing" : parts.join(", then ");
}

function rest({ probability }: Fault, left: number): string {
  const chance = probability === undefined ? "" : `, each with ${Math.round(probability * 100)} %`;
  if (left === Infinity) return `all requests${chance}`;
  return `${left} more ${left === 1 ? "request" : "requests"}${chance}`;
}
