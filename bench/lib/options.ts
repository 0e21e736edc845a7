/** What every bench is told. */
export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
  /** The Python that has the peer's packages. */
  readonly python: string;
}
