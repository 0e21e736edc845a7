import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

/** Signals that a terminal or a supervisor sends to end a program. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];
/** One Ctrl-C arrives twice (from the terminal and from npm); a second one by hand arrives later than this. */
const SAME_SIGNAL_MS = 400;
const PARENT_CHECK_MS = 500;

/** Returns the environment without the variables of an outer `npm run`: an inner npm must not use the outer project. */
export function envForNpm() {
  const env = { ...process.env };
  for (const key of Object.keys(env)) {
    if (/^npm_(package|lifecycle|config_local_prefix|command|execpath|node_execpath)/.test(key) || key === "INIT_CWD")
      delete env[key];
  }
  // npm must not run on the Node in node_modules, which it is about to replace.
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  env[pathKey] = (env[pathKey] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes(join("node_modules", ".bin")) && !folder.includes("node-gyp-bin"))
    .join(delimiter);
  return env;
}

/** Returns the environment with `folder` first on the search path. */
export function envWithPath(folder, env = process.env) {
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  return { ...env, [pathKey]: `${folder}${delimiter}${env[pathKey] ?? ""}` };
}

/** Runs a command to its end and keeps its output. Never rejects; resolves with `{ code, signal, output, stdout }`. */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("error", (error) => {
      resolve({ code: 127, signal: null, output: output + String(error), stdout });
    });
    child.once("close", (code, signal) => {
      resolve({ code, signal, output, stdout });
    });
  });
}

/**
 * Runs a command in the foreground, forwards every ending signal to it once, and waits for its end.
 * Resolves with `{ code, signal, stopped }`; `stopped`: whether this process received an ending signal meanwhile.
 */
export function runForeground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    // A separate process group, so that Ctrl-C reaches the child only through us, and once; a child that receives it
    // twice takes the second one for "stop waiting for the clean-up".
    const child = spawn(command, args, { stdio: "inherit", detached: process.platform !== "win32", ...options });
    const last = new Map();
    let stopped = false;
    const forward = (signal) => {
      stopped = true;
      const now = Date.now();
      if (now - (last.get(signal) ?? -Infinity) < SAME_SIGNAL_MS) return;
      last.set(signal, now);
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    // npm signals only the shell between it and us; the shell dies and forwards nothing.
    const shell = process.ppid;
    const orphanCheck = setInterval(() => {
      if (!process.env.npm_lifecycle_event || process.ppid === shell) return;
      clearInterval(orphanCheck);
      forward("SIGTERM");
    }, PARENT_CHECK_MS);
    const release = () => {
      clearInterval(orphanCheck);
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("close", (code, signal) => {
      release();
      resolve({ code, signal, stopped });
    });
  });
}

/** Ends this process as the child ended: with its exit code, or by the same signal. */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code ?? 1;
}
