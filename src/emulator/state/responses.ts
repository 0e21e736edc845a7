/** Shapes of the API's answers. The real service has been observed, or reported, to use each of them. */
export interface ResponseShapes {
  /** One resource: bare, `{"data": {…}}`, `{"data": [{…}]}` or `[{…}]`. Default "bare". */
  readonly one: "bare" | "data" | "dataList" | "list";
  /**
   * A list: `{"data": […], "total_count": n}`, the same with `page` and `limit`, `{"data": […]}` or `[…]`. Default
   * "counted".
   */
  readonly many: "counted" | "paged" | "data" | "list";
  /**
   * "endpoint" (default): /pals and /faces have the new names, /personas and /replicas the old ones, conversations both.
   * Any other value: these names everywhere.
   */
  readonly names: "endpoint" | "new" | "old" | "both";
  /** The body of a successful end. Default "empty". */
  readonly end: "empty" | "object" | "text";
  /** Number of the first page; "ignored": every page is the first. Default "documented" (0 or 1, by resource). */
  readonly pages: "documented" | "zero" | "one" | "ignored";
}

export const DOCUMENTED_RESPONSES: ResponseShapes = {
  one: "bare",
  many: "counted",
  names: "endpoint",
  end: "empty",
  pages: "documented",
};
