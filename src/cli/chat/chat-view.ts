import { type ChatCall, type ChatSession, type ChatTurn, formatCall } from "../../testing/chat/index.ts";
import { makePrintable } from "../table.ts";
import type { ChatConsole } from "./chat-console.ts";

/** Shows a conversation. */
export interface ChatView {
  /** The bot is in its room, and the user in it. */
  started(room: { readonly id: string; readonly url: string }, file: string): void;
  /** What the bot has said and nothing shows yet. */
  flush(): void;
  /** The chat is over. */
  ended(reason: string): void;
}

/** Shows a conversation to people: one line for each turn of the bot, and how long it took. */
export class TextView implements ChatView {
  readonly #console: ChatConsole;
  /** What is shown for good, by turn. */
  readonly #shown = new WeakMap<ChatTurn, string>();
  #growing: ChatTurn | undefined;

  constructor(console: ChatConsole, session: ChatSession) {
    this.#console = console;
    session
      .on("said", (text) => {
        // A terminal shows what is typed.
        if (!console.isLive) console.print(`user  ${makePrintable(text)}`);
      })
      .on("heard", (turn) => {
        if (this.#growing !== turn) this.flush();
        this.#growing = turn;
        console.grow(this.#toLine(turn));
      })
      .on("quiet", () => this.flush())
      .on("called", (call) => console.print(`call  ${makePrintable(formatCall(call))}`))
      .on("botError", (message, fatal) =>
        console.print(`${fatal ? "fatal error" : "error"}  ${makePrintable(message)}`),
      )
      .on("botMessage", (data) => console.print(`message  ${makePrintable(JSON.stringify(data ?? null))}`));
  }

  started({ url }: { readonly url: string }, file: string): void {
    this.#console.note(`Talking to ${file}; its room is ${url}.`);
    if (this.#console.isLive)
      this.#console.note("Type a line to say it, also while the bot speaks. /quit or Ctrl-C ends the conversation.");
  }

  flush(): void {
    const turn = this.#growing;
    this.#growing = undefined;
    if (!turn) return;
    this.#console.grow(undefined);
    const line = this.#toLine(turn);
    const isFirst = !this.#shown.has(turn);
    this.#shown.set(turn, turn.heardText);
    this.#console.print(line);
    const times = isFirst ? formatTimes(turn) : "";
    if (times !== "") this.#console.note(`      ${times}`);
  }

  ended(reason: string): void {
    this.flush();
    this.#console.note(makePrintable(reason));
  }

  #toLine(turn: ChatTurn): string {
    const shown = this.#shown.get(turn) ?? "";
    const text = turn.heardText.startsWith(shown) ? turn.heardText.slice(shown.length).trim() : turn.heardText;
    return `bot   ${makePrintable(text)}${turn.interrupted ? " (interrupted)" : ""}`;
  }
}

/** Shows a conversation to programs: one JSON object per line. */
export class JsonView implements ChatView {
  readonly #write: (line: string) => void;
  #turn: ChatTurn | undefined;

  constructor(write: (line: string) => void, session: ChatSession) {
    this.#write = write;
    session
      .on("said", (text) => {
        this.flush();
        this.#emit("user", { text });
      })
      .on("heard", (turn) => {
        if (this.#turn !== turn) this.flush();
        this.#turn = turn;
        this.#emit("heard", { text: turn.heardText });
      })
      .on("quiet", () => this.flush())
      .on("called", ({ id, name, arguments: given }: ChatCall) => this.#emit("call", { id, name, arguments: given }))
      .on("callEnded", (id, outcome) => this.#emit("callEnded", { id, ...outcome }))
      .on("botError", (message, fatal) => this.#emit("error", { message, fatal }))
      .on("botMessage", (data) => this.#emit("message", { data }));
  }

  started({ id, url }: { readonly id: string; readonly url: string }, file: string): void {
    this.#emit("started", { file, conversationId: id, url });
  }

  flush(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (!turn) return;
    const { heardText: text, interrupted, firstSoundMs, firstWordMs } = turn;
    this.#emit("bot", { text, interrupted, firstSoundMs: round(firstSoundMs), firstWordMs: round(firstWordMs) });
  }

  ended(reason: string): void {
    this.flush();
    this.#emit("ended", { reason });
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
