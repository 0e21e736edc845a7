/** Environment variables, as in `process.env`. They are injected so that tests need not change the process. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;
