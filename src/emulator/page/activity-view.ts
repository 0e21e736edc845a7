import { byId, element, setText } from "./dom.ts";
import type { ActivityView } from "./home-protocol.ts";

const SHOWN_AT_MOST = 200;

/** One event; expands when it has details. */
class ActivityRow {
  readonly root = element("li");
  readonly kind: string;
  readonly #title = element("span", "", "title");
  readonly #time = element("time");
  readonly #detail = element("pre");

  constructor({ kind, room, detail }: ActivityView) {
    this.kind = kind;
    const line = element(detail === undefined ? "div" : "summary", "", "plain");
    line.append(this.#time, element("span", kind, "kind"), this.#title, element("span", room ?? "", "id"));
    if (detail === undefined) {
      this.root.append(line);
      return;
    }
    const details = element("details");
    details.append(line, this.#detail);
    this.root.append(details);
  }

  show({ wallMs, title, times, failed, detail = "" }: ActivityView): void {
    setText(this.#time, new Date(wallMs).toLocaleTimeString());
    setText(this.#title, times === 1 ? title : `${title} ×${times}`);
    this.#title.classList.toggle("bad", failed);
    setText(this.#detail, detail);
  }
}

/** The last 200 events, newest first, all or one kind. */
export class ActivityList {
  readonly #list = byId("activity", HTMLOListElement);
  readonly #none = byId("no-activity", HTMLElement);
  readonly #shown = byId("shown", HTMLSelectElement);
  /** By id, oldest first. */
  readonly #rows = new Map<number, ActivityRow>();

  constructor() {
    this.#shown.onchange = () => {
      this.#filter();
    };
  }

  add(entries: readonly ActivityView[]): void {
    for (const entry of entries) {
      let row = this.#rows.get(entry.id);
      if (!row) {
        row = new ActivityRow(entry);
        this.#rows.set(entry.id, row);
        this.#list.prepend(row.root);
      }
      row.show(entry);
    }
    for (const [id, row] of this.#rows) {
      if (this.#rows.size <= SHOWN_AT_MOST) break;
      row.root.remove();
      this.#rows.delete(id);
    }
    if (entries.length > 0) this.#filter();
  }

  #filter(): void {
    const wanted = this.#shown.value;
    let count = 0;
    for (const { root, kind } of this.#rows.values()) {
      root.hidden = wanted !== "" && kind !== wanted;
      if (!root.hidden) count++;
    }
    this.#list.hidden = count === 0;
    this.#none.hidden = count > 0;
  }
}
