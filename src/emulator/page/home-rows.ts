import { element, setText } from "./dom.ts";
import type { ConversationView, FaultView, PersonView, RoomView } from "./home-protocol.ts";
import { type Row, RowList } from "./row-list.ts";

const AGE_UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
] as const;

function formatAge(seconds: number): string {
  const unit = AGE_UNITS.find(([, length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[1])} ${unit[0]}` : `${Math.max(0, Math.floor(seconds))} s`;
}

/** A link that opens a room in a new tab. */
function openLink(): HTMLAnchorElement {
  const link = element("a", "Open", "open");
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}

function pointTo(link: HTMLAnchorElement, url: string, what: string): void {
  if (link.href !== url) link.href = url;
  link.setAttribute("aria-label", `Open ${what}`);
}

/** The participants of a room. */
class People {
  readonly root = element("span");
  readonly #list = new RowList<PersonView & { key: string }>(
    this.root,
    ({ key }) => key,
    () => {
      const root = element("span", "", "person");
      const show = ({ name, isPal }: PersonView): void => {
        setText(root, isPal ? `${name} (pal)` : name);
        root.title = name;
        root.classList.toggle("pal", isPal);
      };
      return { root, show };
    },
  );

  show(people: readonly PersonView[]): void {
    this.#list.show(people.map((person, index) => ({ ...person, key: String(index) })));
  }
}

export type ConversationItem = ConversationView & { readonly nowWallMs: number };

/** One conversation in the table. */
export class ConversationRow implements Row<ConversationItem> {
  readonly root = element("tr");
  readonly #name = element("div", "", "name");
  readonly #id = element("div", "", "id");
  readonly #pal = element("div");
  readonly #palId = element("div", "", "id");
  readonly #face = element("div");
  readonly #faceId = element("div", "", "id");
  readonly #status = element("div", "", "badge");
  readonly #note = element("div", "", "quiet");
  readonly #age = element("div", "", "age");
  readonly #people = new People();
  readonly #open = openLink();
  readonly #end = element("button", "End");

  /** `end` ends the conversation with this id. */
  constructor(end: (id: string) => Promise<void>) {
    const cells = [
      [this.#name, this.#id],
      [this.#pal, this.#palId],
      [this.#face, this.#faceId],
      [this.#status, this.#note],
      [this.#age],
      [this.#people.root],
      [this.#open, this.#end],
    ];
    for (const parts of cells) {
      const cell = element("td");
      cell.append(...parts);
      this.root.append(cell);
    }
    this.#end.type = "button";
    this.#end.onclick = () => {
      this.#end.disabled = true;
      void end(this.#id.textContent).finally(() => {
        this.#end.disabled = false;
      });
    };
  }

  show(item: ConversationItem): void {
    const { id, name, pal, face, status, note, joinUrl } = item;
    this.root.className = status;
    setText(this.#name, name);
    setText(this.#id, id);
    setText(this.#pal, pal.name);
    setText(this.#palId, pal.id);
    setText(this.#face, face.name);
    setText(this.#faceId, face.id);
    setText(this.#status, status);
    setText(this.#note, note);
    setText(this.#age, formatAge((item.nowWallMs - item.createdWallMs) / 1000));
    this.#people.show(item.people);
    this.#open.hidden = this.#end.hidden = joinUrl === undefined;
    if (joinUrl !== undefined) pointTo(this.#open, joinUrl, name);
    this.#end.setAttribute("aria-label", `End ${name}`);
  }
}

/** A room without a conversation. */
export class RoomRow implements Row<RoomView> {
  readonly root = element("li");
  readonly #name = element("span");
  readonly #people = new People();
  readonly #open = openLink();

  constructor() {
    this.root.append(this.#open, this.#name, this.#people.root);
  }

  show({ name, joinUrl, people }: RoomView): void {
    setText(this.#name, name);
    this.#people.show(people);
    pointTo(this.#open, joinUrl, name);
  }
}

export class FaultRow implements Row<FaultView> {
  readonly root = element("li");
  readonly #hits = element("span", "", "hits");
  readonly #does = element("span");
  readonly #left = element("span", "", "quiet");

  constructor() {
    this.root.append(this.#hits, this.#does, this.#left);
  }

  show({ hits, does, left }: FaultView): void {
    setText(this.#hits, hits);
    setText(this.#does, does);
    setText(this.#left, left);
  }
}
