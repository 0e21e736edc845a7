/** The options that every call of the API takes. */
export interface CallOptions {
  /** When the signal aborts, the call rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The deadline of each HTTP exchange, in milliseconds. A call that is retried may take several. Default: the client's
   * `timeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
}
