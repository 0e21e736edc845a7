/** Every call takes it. */
export interface CallOptions {
  /** When it aborts, the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** For each HTTP exchange of this call; one that is repeated may take several. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number | undefined;
}
