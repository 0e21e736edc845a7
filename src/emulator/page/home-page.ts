import { ActivityList } from "./activity-view.ts";
import { byId, setText } from "./dom.ts";
import { HomeClient, Refusal } from "./home-client.ts";
import type { FaultView, Overview, RoomView } from "./home-protocol.ts";
import { type ConversationItem, ConversationRow, FaultRow, RoomRow } from "./home-rows.ts";
import { NewConversation } from "./new-conversation.ts";
import { RowList } from "./row-list.ts";

// The page at `/` of the emulator, for people: what is open, who is there, what has happened. It asks every second while it
// is visible. Names, messages and bodies on it come from anybody: they are put on the page as text, never as markup.

const POLL_MS = 1000;
const RETRY_MS = 2000;

class HomePage {
  readonly #client = new HomeClient();
  readonly #activity = new ActivityList();
  readonly #title = byId("conversations-title", HTMLElement);
  readonly #table = byId("conversations", HTMLTableElement);
  readonly #rooms = byId("rooms", HTMLElement);
  readonly #faults = byId("faults", HTMLElement);
  readonly #connection = byId("connection", HTMLElement);
  readonly #form = new NewConversation(this.#client, () => {
    this.#start();
  });
  readonly #conversationRows = new RowList<ConversationItem>(
    getPart(this.#table, "tbody"),
    ({ id }) => id,
    () => new ConversationRow((id) => this.#end(id)),
  );
  readonly #roomRows = new RowList<RoomView>(
    getPart(this.#rooms, "ul"),
    ({ name }) => name,
    () => new RoomRow(),
  );
  readonly #faultRows = new RowList<FaultView & { readonly key: string }>(
    getPart(this.#faults, "ul"),
    ({ key }) => key,
    () => new FaultRow(),
  );
  #lastSeq = 0;
  #timer: number | undefined;
  #asking = new AbortController();

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#stop();
      else this.#start({ withChoices: true });
    });
    if (!document.hidden) this.#start();
  }

  /** Polls now, and from now on. */
  #start({ withChoices = false } = {}): void {
    this.#stop();
    if (withChoices) void this.#form.refresh().catch(() => undefined);
    this.#asking = new AbortController();
    void this.#poll(this.#asking.signal);
  }

  /** Stops polling while the page is hidden. */
  #stop(): void {
    window.clearTimeout(this.#timer);
    this.#asking.abort();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const waitMs = await this.#update(signal);
    if (waitMs !== undefined && !signal.aborted) this.#timer = window.setTimeout(() => void this.#poll(signal), waitMs);
  }

  /** Returns the delay until the next poll; undefined for none. */
  async #update(signal: AbortSignal): Promise<number | undefined> {
    try {
      const overview = await this.#client.overview(this.#lastSeq, signal);
      if (signal.aborted) return undefined;
      this.#show(overview);
      if (this.#connection.className !== "live") await this.#form.refresh();
      this.#say("live");
      return POLL_MS;
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const isAnother = thrown instanceof Refusal && thrown.status === 403;
      this.#say("lost", isAnother ? "the emulator was started anew: reload this page" : "the emulator does not answer");
      return isAnother ? undefined : RETRY_MS;
    }
  }

  #say(state: "live" | "lost", text: string = state): void {
    this.#connection.className = state;
    setText(this.#connection, text);
  }

  #show(overview: Overview): void {
    const { conversations, rooms, faults, nowWallMs, olderConversations: older } = overview;
    this.#lastSeq = overview.lastSeq;
    setText(byId("counts", HTMLElement), countsIn(overview));
    this.#table.hidden = conversations.length === 0;
    byId("no-conversations", HTMLElement).hidden = conversations.length > 0;
    this.#conversationRows.show(conversations.map((one) => ({ ...one, nowWallMs })));
    setText(byId("older", HTMLElement), older === 0 ? "" : `${older} older ones have ended; the API still lists them.`);
    this.#rooms.hidden = rooms.length === 0;
    this.#roomRows.show(rooms);
    this.#faults.hidden = faults.length === 0;
    this.#faultRows.show(faults.map((fault, index) => ({ ...fault, key: String(index) })));
    this.#activity.add(overview.activity);
  }

  async #end(id: string): Promise<void> {
    await this.#client.end(id).catch((thrown: unknown) => {
      setText(byId("result", HTMLElement), `Could not end ${id}: ${(thrown as Error).message}`);
    });
    // The pressed button disappears, so the focus needs a new place.
    if (document.activeElement === document.body) this.#title.focus();
    this.#start();
  }
}

function getPart(parent: Element, selector: string): Element {
  const found = parent.querySelector(selector);
  if (!found) throw new Error(`The page has lost its ${selector}.`);
  return found;
}

function countsIn({ openConversations, maxConcurrent, creditsS }: Overview): string {
  const credits = creditsS === null ? "" : ` · ${Math.floor(creditsS)} s of credit left`;
  return `${openConversations} of ${maxConcurrent} conversations open${credits}`;
}

new HomePage();
