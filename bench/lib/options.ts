/** The options of every bench. */
export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly save: boolean;
  /** The Python in which the peer's packages are installed. */
  readonly python: string;
  /** Options of the chaos bench, as typed. */
  readonly minutes?: string | undefined;
  readonly runtime?: string | undefined;
  readonly delivery?: string | undefined;
  readonly seed?: string | undefined;
  readonly holds?: string | undefined;
}
