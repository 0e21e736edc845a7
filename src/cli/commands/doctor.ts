import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { API_OPTIONS, type Command } from "../command.ts";
import { CHECKS, type CheckContext, type CheckOutcome } from "../doctor-checks.ts";
import { makePrintable } from "../table.ts";

/** The slowest check unpacks a browser before it starts it. */
const CHECK_TIMEOUT_MS = 90_000;

export const doctorCommand: Command = {
  name: "doctor",
  help: "checks everything that a bot needs, on this machine and at Tavus; free of charge",
  options: { offline: { type: "boolean", help: "check this machine only" }, ...API_OPTIONS },
  async run({ io, options, json }) {
    const context: CheckContext = { io, options, offline: options.offline === true, session: undefined };
    const results: ({ readonly name: string } & CheckOutcome)[] = [];
    for (const { name, atTavus, run } of CHECKS) {
      io.signal.throwIfAborted();
      let outcome: CheckOutcome;
      try {
        outcome =
          atTavus && context.offline
            ? { level: "skip", says: "--offline" }
            : await withDeadline(io.clock, run(context), CHECK_TIMEOUT_MS, name);
      } catch (thrown) {
        outcome = { level: "fail", says: asError(thrown).message };
      }
      results.push({ name, ...outcome });
      if (!json) io.out(makePrintable(`${outcome.level.padEnd(4)}  ${name}: ${outcome.says}`));
    }
    const failed = results.filter(({ level }) => level === "fail").length;
    const warned = results.filter(({ level }) => level === "warn").length;
    if (json) {
      io.out(JSON.stringify({ ok: failed === 0, checks: results }));
    } else {
      io.out(
        `\n${failed === 0 ? "Nothing failed" : `${failed} failed`}${warned > 0 ? `, ${warned} with warnings` : ""}.`,
      );
    }
    return failed > 0 ? 1 : 0;
  },
};
