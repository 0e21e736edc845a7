/** What every bench is told. */
export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
  /** A command that runs a peer's bench of the same work. */
  readonly peer?: string | undefined;
}
