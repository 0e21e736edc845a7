import type { Turn } from "./captions.ts";

/** Within this distance of the end the list follows what is new; further up somebody reads. */
const FOLLOW_PX = 80;

/** Shows turns in a list, and draws again only what has changed. */
export class CaptionView {
  readonly #list: HTMLElement;
  readonly #items = new Map<Turn, HTMLElement>();

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  clear(): void {
    this.#items.clear();
    this.#list.replaceChildren();
  }

  /** Draws the turn; `turns` are those that are kept. */
  show(turn: Turn, turns: readonly Turn[]): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const follows = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
    let item = this.#items.get(turn);
    if (!item) {
      item = document.createElement("li");
      item.dataset.who = turn.who;
      this.#items.set(turn, item);
      this.#list.append(item);
      this.#forget(turns);
    }
    item.replaceChildren(span("who", turn.who === "you" ? "You" : "Bot"), ...draw(turn));
    if (follows) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #forget(turns: readonly Turn[]): void {
    for (const [turn, item] of this.#items) {
      if (turns.includes(turn)) return;
      this.#items.delete(turn);
      item.remove();
    }
  }
}

function draw(turn: Turn): Node[] {
  const text = span("text");
  if (turn.who === "you") {
    text.append(span("heard", turn.text), ...(turn.interim === "" ? [] : [" ", span("interim", turn.interim)]));
    return [text];
  }
  for (const { text: said, heard, isCut } of turn.segments) {
    if (text.childNodes.length > 0) text.append(" ");
    if (heard > 0) text.append(span("heard", said.slice(0, heard)));
    if (heard < said.length) text.append(span(isCut ? "cut" : "rest", said.slice(heard)));
  }
  if (turn.latencyMs === undefined) return [text];
  return [text, span("after", `after ${formatMs(turn.latencyMs)}`)];
}

/** Milliseconds as people read them. */
export function formatMs(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function span(name: string, text = ""): HTMLElement {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
