/**
 * What the media process needs of its environment: libraries, temporary files, the time zone, certificates and the proxy.
 * Everything else is withheld: the bot's environment has API keys, and the options in NODE_OPTIONS are for the bot (an
 * inspector's port, hooks, `--watch`).
 */
const NEEDED = new Set([
  ...["LANG", "LC_ALL", "TZ", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_USE_ENV_PROXY"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA"],
  // Windows does not start programs without these.
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PATH"],
]);

/** The variables of `env` that the media process may see. Names are compared without case, as Windows does. */
export function mediaEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.has(name.toUpperCase())));
}
