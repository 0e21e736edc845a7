/**
 * What a browser needs of its environment: where programs, libraries, fonts, its home and temporary files are, the
 * language, the display, and the proxy. Everything else is withheld: the bot's environment has API keys, and code that
 * breaks out of a page could read them.
 */
const NEEDED = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP"],
  ...["LD_LIBRARY_PATH", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  // Windows does not start programs without these.
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"],
  ...["APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS"],
]);
const NEEDED_PREFIX = /^(?:LC_|XDG_|FONTCONFIG_)/;

/** The variables of `env` that a browser may see. Names are compared without case, as Windows does. */
export function browserEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const needed = Object.entries(env).filter((entry): entry is [string, string] => {
    const name = entry[0].toUpperCase();
    return entry[1] !== undefined && (NEEDED.has(name) || NEEDED_PREFIX.test(name));
  });
  return Object.fromEntries(needed);
}
