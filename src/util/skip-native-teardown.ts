/** What `process` has beside its public face: ends the process now, without tearing the environment down. */
interface ReallyExit {
  reallyExit(code: number): never;
}

let armed = false;

/**
 * `@roamhq/wrtc` 0.10 crashes (SIGSEGV in napi_reference_unref) when an RTCAudioSource is still alive while Node tears
 * its environment down at a normal end of the process: the source then lets go of a track that is gone already.
 * process.exit() does not do that teardown, so the last `exit` listener leaves the same way, with the same exit code and
 * after everyone else's listeners.
 */
export function skipNativeTeardown(): void {
  if (armed) return;
  armed = true;
  let uncaught: { readonly error: unknown } | undefined;
  // Node prints an error that nobody caught only after the `exit` listeners, so after us.
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
