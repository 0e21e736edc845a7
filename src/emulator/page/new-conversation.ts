import { byId, element } from "./dom.ts";
import type { HomeClient } from "./home-client.ts";
import type { Choices } from "./home-protocol.ts";

/** The form for a new conversation. */
export class NewConversation {
  readonly #client: HomeClient;
  readonly #form = byId("new", HTMLFormElement);
  readonly #result = byId("result", HTMLElement);
  readonly #pal: HTMLSelectElement;
  readonly #face: HTMLSelectElement;
  #choices: Choices | undefined;

  /** `onCreated` is called after each creation. */
  constructor(client: HomeClient, onCreated: () => void) {
    this.#client = client;
    const [pal, face] = this.#form.querySelectorAll("select");
    if (!pal || !face) throw new Error("The form has lost its fields.");
    this.#pal = pal;
    this.#face = face;
    pal.onchange = () => {
      this.#offerFaces();
    };
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      void this.#create().then(onCreated);
    };
  }

  /** Updates the offered PALs and faces. */
  async refresh(): Promise<void> {
    const before = this.#choices;
    this.#choices = await this.#client.choices();
    // An open list must not be rebuilt without need.
    if (JSON.stringify(before) === JSON.stringify(this.#choices)) return;
    const { pals, defaultPalId } = this.#choices;
    const chosen = this.#pal.value || defaultPalId;
    this.#pal.replaceChildren(...pals.map(({ id, name }) => new Option(`${name} (${id})`, id)));
    this.#pal.value = pals.some(({ id }) => id === chosen) ? chosen : defaultPalId;
    this.#offerFaces();
  }

  /** The account's faces, and "none" where the PAL has its own. */
  #offerFaces(): void {
    const { pals = [], faces = [] } = this.#choices ?? {};
    const hasFace = pals.find(({ id }) => id === this.#pal.value)?.hasFace === true;
    const chosen = this.#face.value;
    this.#face.replaceChildren(
      ...(hasFace ? [new Option("the PAL's own", "")] : []),
      ...faces.map(({ id, name }) => new Option(`${name} (${id})`, id)),
    );
    if (faces.some(({ id }) => id === chosen)) this.#face.value = chosen;
  }

  async #create(): Promise<void> {
    const fields = Object.fromEntries([...new FormData(this.#form)].map(([name, value]) => [name, value as string]));
    const button = this.#form.querySelector("button");
    if (button) button.disabled = true;
    try {
      const { id } = await this.#client.create(fields);
      this.#say(`Conversation ${id} is open.`);
    } catch (thrown) {
      this.#say((thrown as Error).message, true);
    }
    if (button) {
      button.disabled = false;
      // Disabling the button has removed its focus.
      if (document.activeElement === document.body) button.focus();
    }
  }

  #say(text: string, failed = false): void {
    this.#result.replaceChildren(element("span", text, failed ? "bad" : ""));
  }
}
