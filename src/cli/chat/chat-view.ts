import { type ChatCall, type ChatSession, type ChatTurn, formatCall } from "../../testing/chat/index.ts";
import { makePrintable } from "../table.ts";
import type { ChatConsole } from "./chat-console.ts";

/** Shows a conversation in the order in which it was heard. */
export abstract class ChatView {
  #growing: ChatTurn | undefined;
  /** Lines that interrupted the growing turn: words that were heard before them may still be reported. */
  readonly #held: string[] = [];

  constructor(session: ChatSession) {
    session
      .on("said", (text) => {
        this.#held.push(text);
        if (!this.#growing) this.flush();
      })
      .on("heard", (turn) => {
        if (this.#growing !== turn) this.flush();
        this.#growing = turn;
        this.showGrowing(turn);
      })
      .on("called", (call) => {
        if (this.#held.length > 0) this.flush();
        this.showCall(call);
      })
      .on("quiet", () => this.flush());
  }

  /** Shows what the bot has said, and the lines that interrupted it. */
  flush(): void {
    const turn = this.#growing;
    this.#growing = undefined;
    if (turn) this.showTurn(turn);
    for (const text of this.#held.splice(0)) this.showUser(text);
  }

  /** The bot is in its room, and the user in it. */
  abstract started(room: { readonly id: string; readonly url: string }, file: string): void;
  /** The chat is over. */
  abstract ended(reason: string): void;
  protected abstract showUser(text: string): void;
  protected abstract showGrowing(turn: ChatTurn): void;
  /** The bot has nothing more to say for now. */
  protected abstract showTurn(turn: ChatTurn): void;
  protected abstract showCall(call: ChatCall): void;
}

/** Shows a conversation to people: one line for each turn of the bot, and how long it took. */
export class TextView extends ChatView {
  readonly #console: ChatConsole;
  /** What is shown for good, by turn. */
  readonly #shown = new WeakMap<ChatTurn, string>();

  constructor(console: ChatConsole, session: ChatSession) {
    super(session);
    this.#console = console;
    session
      .on("botError", (message, fatal) =>
        console.print(`${fatal ? "fatal error" : "error"}  ${makePrintable(message)}`),
      )
      .on("botMessage", (data) => console.print(`message  ${makePrintable(JSON.stringify(data ?? null))}`));
  }

  override started({ url }: { readonly url: string }, file: string): void {
    this.#console.note(`Talking to ${file}; its room is ${url}.`);
    if (this.#console.isLive)
      this.#console.note("Type a line to say it, also while the bot speaks. /quit or Ctrl-C ends the conversation.");
  }

  override ended(reason: string): void {
    this.flush();
    this.#console.note(makePrintable(reason));
  }

  protected override showUser(text: string): void {
    this.#console.print(`user  ${makePrintable(text)}`);
  }

  protected override showGrowing(turn: ChatTurn): void {
    this.#console.grow(this.#toLine(turn));
  }

  protected override showTurn(turn: ChatTurn): void {
    this.#console.grow(undefined);
    const line = this.#toLine(turn);
    const isFirst = !this.#shown.has(turn);
    this.#shown.set(turn, turn.heardText);
    this.#console.print(line);
    const times = isFirst ? formatTimes(turn) : "";
    if (times !== "") this.#console.note(`      ${times}`);
  }

  protected override showCall(call: ChatCall): void {
    this.#console.print(`call  ${makePrintable(formatCall(call))}`);
  }

  /** What the turn has that is not shown yet: a bot may go on after it was quiet. */
  #toLine(turn: ChatTurn): string {
    const shown = this.#shown.get(turn) ?? "";
    const text = turn.heardText.startsWith(shown) ? turn.heardText.slice(shown.length).trim() : turn.heardText;
    return `bot   ${makePrintable(text)}${turn.interrupted ? " (interrupted)" : ""}`;
  }
}

/** Shows a conversation to programs: one JSON object per line. */
export class JsonView extends ChatView {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void, session: ChatSession) {
    super(session);
    this.#write = write;
    session
      .on("callEnded", (id, outcome) => this.#emit("callEnded", { id, ...outcome }))
      .on("botError", (message, fatal) => this.#emit("error", { message, fatal }))
      .on("botMessage", (data) => this.#emit("message", { data }));
  }

  override started({ id, url }: { readonly id: string; readonly url: string }, file: string): void {
    this.#emit("started", { file, conversationId: id, url });
  }

  override ended(reason: string): void {
    this.flush();
    this.#emit("ended", { reason });
  }

  protected override showUser(text: string): void {
    this.#emit("user", { text });
  }

  protected override showGrowing({ heardText: text }: ChatTurn): void {
    this.#emit("heard", { text });
  }

  protected override showTurn({ heardText: text, interrupted, firstSoundMs, firstWordMs }: ChatTurn): void {
    this.#emit("bot", { text, interrupted, firstSoundMs: round(firstSoundMs), firstWordMs: round(firstWordMs) });
  }

  protected override showCall({ id, name, arguments: given }: ChatCall): void {
    this.#emit("call", { id, name, arguments: given });
  }

  #emit(event: string, fields: object): void {
    this.#write(toJsonLine({ event, ...fields }));
  }
}

/** Formats JSON without characters that control a terminal. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007F-\u009F\u2028\u2029]|\p{Cf}/gu, (found) =>
    Array.from({ length: found.length }, (_, index) => {
      return `\\u${found.charCodeAt(index).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}

function formatTimes({ firstSoundMs, firstWordMs }: ChatTurn): string {
  const sound = firstSoundMs === undefined ? [] : [`first sound after ${Math.round(firstSoundMs)} ms`];
  const word = firstWordMs === undefined ? [] : [`first word after ${Math.round(firstWordMs)} ms`];
  return [...sound, ...word].join(", ");
}

function round(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
