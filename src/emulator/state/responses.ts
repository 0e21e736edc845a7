/** How the API words its answers. The real service is known (or said) to have used each of these. */
export interface ResponseShapes {
  /** One resource: as it is, `{"data": {…}}`, `{"data": [{…}]}` or `[{…}]`. Default "bare". */
  readonly one: "bare" | "data" | "dataList" | "list";
  /**
   * A list: `{"data": […], "total_count": n}`, the same with `page` and `limit`, `{"data": […]}` or `[…]`. Default
   * "counted".
   */
  readonly many: "counted" | "paged" | "data" | "list";
  /**
   * "endpoint" (default): /pals and /faces have the new names, /personas and /replicas the old ones, conversations both.
   * Otherwise these names everywhere.
   */
  readonly names: "endpoint" | "new" | "old" | "both";
  /** What comes with the 200 of an end. Default "empty". */
  readonly end: "empty" | "object" | "text";
  /** Where pages are counted from; "ignored": every page is the first. Default "documented" (0 or 1, by resource). */
  readonly pages: "documented" | "zero" | "one" | "ignored";
}

export const DOCUMENTED_RESPONSES: ResponseShapes = {
  one: "bare",
  many: "counted",
  names: "endpoint",
  end: "empty",
  pages: "documented",
};
