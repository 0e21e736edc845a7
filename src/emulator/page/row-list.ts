/** A part of the page that shows one item and can show it again after it changed. */
export interface Row<T> {
  readonly root: HTMLElement;
  show(item: T): void;
}

/**
 * The children of an element, one per item of a list. Remaining ones are updated in place, so that the
 * focus stays where it is.
 */
export class RowList<T> {
  readonly #parent: Element;
  readonly #keyOf: (item: T) => string;
  readonly #make: () => Row<T>;
  readonly #rows = new Map<string, Row<T>>();

  constructor(parent: Element, keyOf: (item: T) => string, make: () => Row<T>) {
    this.#parent = parent;
    this.#keyOf = keyOf;
    this.#make = make;
  }

  show(items: readonly T[]): void {
    const keys = new Set(items.map(this.#keyOf));
    for (const [key, { root }] of this.#rows) {
      if (keys.has(key)) continue;
      root.remove();
      this.#rows.delete(key);
    }
    let place = this.#parent.firstElementChild;
    for (const item of items) {
      const key = this.#keyOf(item);
      const row = this.#rows.get(key) ?? this.#make();
      this.#rows.set(key, row);
      row.show(item);
      if (row.root === place) place = place.nextElementSibling;
      else this.#parent.insertBefore(row.root, place);
    }
  }
}
