/** What every bench is told. */
export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
  /** The Python that has the peer's packages. */
  readonly python: string;
  /** Of the chaos, as they were typed. */
  readonly minutes?: string | undefined;
  readonly runtime?: string | undefined;
  readonly delivery?: string | undefined;
  readonly seed?: string | undefined;
  readonly holds?: string | undefined;
}
