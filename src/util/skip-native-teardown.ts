/** The undocumented method of `process` that ends it at once, without tearing down the environment. */
interface ReallyExit {
  reallyExit(code: number): never;
}

let armed = false;

/**
 * Makes the process exit without the teardown of its native modules. `@roamhq/wrtc` 0.10 crashes (SIGSEGV in
 * napi_reference_unref) when an RTCAudioSource is still alive while Node tears down its environment at a normal exit:
 * the source then releases a track that no longer exists. process.exit() skips that teardown, so the last `exit`
 * listener exits the same way, with the same exit code and after all other listeners.
 */
export function skipNativeTeardown(): void {
  if (armed) return;
  armed = true;
  let uncaught: { readonly error: unknown } | undefined;
  // Node prints an uncaught error only after the `exit` listeners. `leave` never returns to it, so `leave` prints it.
  process.on("uncaughtExceptionMonitor", (error) => {
    const isCaught = process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (!isCaught) uncaught = { error };
  });
  const leave = (code: number): void => {
    if (uncaught) console.error("Uncaught", uncaught.error);
    const listeners = process.rawListeners("exit");
    for (const later of listeners.slice(listeners.indexOf(leave) + 1)) {
      try {
        later.call(process, code);
      } catch (thrown) {
        console.error(thrown);
      }
    }
    (process as unknown as ReallyExit).reallyExit(Number(process.exitCode ?? code));
  };
  process.on("exit", leave);
}
