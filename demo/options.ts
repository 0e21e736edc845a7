import { parseArgs } from "node:util";

import { InvalidOptionError } from "../src/util/errors.ts";
import { FAILURE_KINDS, type FailureKind } from "./fail/kinds.ts";

export interface DemoOptions {
  readonly runtime: "native" | "chromium";
  readonly delivery: "track" | "messages";
  /** A WAV file that the user speaks; undefined: synthesised speech. */
  readonly speech: string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly live: boolean;
  /** The pal fails in this way; undefined: it does not. */
  readonly fail: FailureKind | undefined;
}

export const HELP = `npm run demo -- [options]

A scripted user, a bot and a Tavus pal talk in a room on this machine. No key, no network.

  --runtime native|chromium   where daily-js runs: in Node (default) or in headless Chromium
  --delivery track|messages   how the pal gets its words: custom track "stream" (default) or conversation.echo
  --speech FILE.wav           what the user says (default: synthesised speech)
  --out DIR                   where report.json, heard-by-user.wav and timeline.svg go (default demo-output)
  --json                      print the report, and nothing else, on standard output
  --fail KIND                 another scene: the pal fails in the middle of the bot's answer, and the user has to hear every word of
                              it exactly once. ${FAILURE_KINDS.join(", ")}
  --live                      no scripted user: print the room's URL for you to join, run until Ctrl-C
  --help                      this text`;

function parseChoice<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new InvalidOptionError(`--${name}`, `must be ${choices.join(" or ")}; got "${value}".`);
  return choice;
}

/** The command line, or undefined when help was asked for. Throws an InvalidOptionError. */
export function readOptions(argv: readonly string[]): DemoOptions | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        runtime: { type: "string", default: "native" },
        delivery: { type: "string", default: "track" },
        speech: { type: "string" },
        out: { type: "string", default: "demo-output" },
        json: { type: "boolean", default: false },
        live: { type: "boolean", default: false },
        fail: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (thrown) {
    throw new InvalidOptionError("arguments", `${(thrown as Error).message} (see --help)`);
  }
  if (values.help) return undefined;
  return {
    runtime: parseChoice("runtime", values.runtime, ["native", "chromium"]),
    delivery: parseChoice("delivery", values.delivery, ["track", "messages"]),
    speech: values.speech,
    out: values.out,
    json: values.json,
    live: values.live,
    fail: values.fail === undefined ? undefined : parseChoice("fail", values.fail, FAILURE_KINDS),
  };
}
