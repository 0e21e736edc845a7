import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname } from "node:path";
import { isSea } from "node:sea";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";

import { asError } from "../../../util/errors.ts";
import { NativeModuleError } from "../../../util/native-module-error.ts";
import { DailyCallError } from "../daily-errors.ts";
import { mediaEnvironment } from "./media-environment.ts";

/** How a process ended: by itself with a code, by a signal, or it never started. */
export type ProcessEnd =
  | { readonly is: "exit"; readonly code: number }
  | { readonly is: "signal"; readonly signal: string }
  | { readonly is: "failed"; readonly reason: string };

/** A process as {@link MediaProcess} sees it. */
export interface ChildEnd {
  /** Undefined when it did not start. */
  readonly pid: number | undefined;
  readonly pipe: Duplex;
  readonly errors: Readable;
  /** Calls the listener once, when the process has ended. */
  onceEnded(listener: (end: ProcessEnd) => void): void;
  kill(): void;
  /** Whether it keeps this process alive. It does not, to begin with. */
  keepsAlive(wanted: boolean): void;
}

/** Beside this file, in the sources and in dist. */
const ENTRY = fileURLToPath(new URL(`process/main${extname(new URL(import.meta.url).pathname)}`, import.meta.url));

/**
 * Starts a media process.
 *
 * @throws NativeModuleError without `@roamhq/wrtc`; DailyCallError `runtimeUnavailable` without the entry file.
 */
export function spawnMediaProcess(): ChildEnd {
  mustHaveWrtc();
  mustHaveEntry();
  const child = spawn(process.execPath, [ENTRY], {
    // Standard output is nobody's. The last of these becomes a pair of sockets that both ends read and write.
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: { ...mediaEnvironment(process.env), ...(process.versions.electron && { ELECTRON_RUN_AS_NODE: "1" }) },
    // The bot's folder may be gone, and Node does not start in a folder that is.
    cwd: dirname(ENTRY),
    windowsHide: true,
    // A session of its own: a group of its own to Linux' scheduler, so that it gets a fair share however many processes of
    // the bot's session are busy. And signals of the terminal are the bot's to handle.
    detached: process.platform !== "win32",
  });
  // Where the process cannot have any more files, there are no streams.
  if (!(child.stdio as readonly unknown[] | undefined)) throw notStarted("too many files are open");
  const pipe = child.stdio[3] as Duplex & Handle;
  const errors = child.stderr as Readable & Handle;
  const handles = [child, pipe, errors];
  for (const handle of handles) handle.unref();
  return {
    pid: child.pid,
    pipe,
    errors,
    onceEnded: (listener) => {
      child.once("error", (error) => listener({ is: "failed", reason: error.message }));
      // `close` comes after `exit`, when what the process printed last has been read.
      child.once("close", (code, signal) => {
        listener(signal === null ? { is: "exit", code: code ?? 0 } : { is: "signal", signal });
      });
    },
    kill: () => child.kill("SIGKILL"),
    keepsAlive: (wanted) => {
      for (const handle of handles) {
        if (wanted) handle.ref();
        else handle.unref();
      }
    },
  };
}

interface Handle {
  ref(): void;
  unref(): void;
}

function mustHaveWrtc(): void {
  try {
    createRequire(import.meta.url).resolve("@roamhq/wrtc");
  } catch (thrown) {
    throw new NativeModuleError(asError(thrown).message.split("\n")[0] ?? "", thrown);
  }
}

function mustHaveEntry(): void {
  const why = isSea()
    ? "this program is a single executable, which cannot run it"
    : existsSync(ENTRY)
      ? undefined
      : "it is not there";
  if (why === undefined) return;
  throw notStarted(
    `${why}. Where an application is bundled, tavus-transport must stay outside of the bundle ("external"), as an installed package`,
  );
}

function notStarted(why: string): DailyCallError {
  return new DailyCallError(
    "runtimeUnavailable",
    `Native calls need a media process, whose file ${ENTRY} cannot be started: ${why}.`,
  );
}
