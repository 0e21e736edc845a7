import { ScriptedDailyCall, VirtualClock } from "../../../src/testing/index.ts";
import { asError } from "../../../src/util/errors.ts";
import { sleep } from "../../../src/util/deadline.ts";

/** What a bot does in its answer: it says a sentence, or calls a function. */
export type FakeStep = string | { readonly call: string; readonly arguments?: unknown; readonly tookMs?: number };
export type FakeAnswer = readonly FakeStep[];

export const WORD_MS = 200;
export const THINK_MS = 300;

interface Envelope {
  readonly label: string;
  readonly type: string;
  readonly id: string;
  readonly data: { readonly content?: string };
}

/** A bot in a scripted room that speaks RTVI as a bot of ours does, in virtual time. */
export class FakeRTVIBot {
  readonly clock = new VirtualClock();
  readonly call = new ScriptedDailyCall({ clock: this.clock });
  readonly sessionId = "bot";
  /** Messages of the client, by type. */
  readonly received: Envelope[] = [];
  answer: (text: string) => FakeAnswer | undefined;
  readonly #greeting: FakeAnswer | undefined;
  #run = new AbortController();
  #calls = 0;
  #segments = 0;

  constructor(
    answer: (text: string) => FakeAnswer | undefined,
    { greeting, silent = false }: { readonly greeting?: FakeAnswer; readonly silent?: boolean } = {},
  ) {
    this.answer = answer;
    this.#greeting = greeting;
    this.call.addParticipant({ userName: "Ada", sessionId: this.sessionId });
    const send = this.call.sendAppMessage.bind(this.call);
    this.call.sendAppMessage = async (data, to) => {
      await send(data, to);
      const message = data as Envelope;
      this.received.push(message);
      if (!silent) this.#react(message);
    };
  }

  send(type: string, data?: unknown, from = this.sessionId): void {
    this.call.receive({ label: "rtvi-ai", type, ...(data === undefined ? {} : { data }) }, from);
  }

  /** Stops whatever it is at. */
  halt(): void {
    this.#run.abort(new Error("halted"));
  }

  leave(): void {
    this.halt();
    this.call.removeParticipant(this.sessionId);
  }

  #react({ type, data }: Envelope): void {
    if (type === "client-ready") {
      this.send("bot-ready", { version: "2.2.0", about: { library: "fake" } });
      if (this.#greeting) this.#perform(this.#greeting);
    } else if (type === "send-text") {
      this.#run.abort(new Error("interrupted"));
      this.send("bot-interrupted");
      this.send("bot-stopped-speaking");
      this.send("user-llm-text", { text: data.content });
      const answer = this.answer(data.content ?? "");
      if (answer) this.#perform(answer);
    }
  }

  #perform(answer: FakeAnswer): void {
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#act(answer, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw asError(thrown);
    });
  }

  async #act(answer: FakeAnswer, signal: AbortSignal): Promise<void> {
    this.send("bot-llm-started");
    await sleep(this.clock, THINK_MS, signal);
    for (const step of answer) {
      if (typeof step === "string") {
        await this.#say(step, signal);
      } else {
        const id = `call-${++this.#calls}`;
        this.send("llm-function-call-in-progress", {
          tool_call_id: id,
          function_name: step.call,
          arguments: step.arguments,
        });
        await sleep(this.clock, step.tookMs ?? 50, signal);
        this.send("llm-function-call-stopped", { tool_call_id: id, cancelled: false, result: 1 });
      }
    }
    this.send("bot-llm-stopped");
  }

  async #say(text: string, signal: AbortSignal): Promise<void> {
    const segment_id = ++this.#segments;
    const words = text.split(" ");
    const report = (status: string, count: number): void => {
      const accumulated_text = words.slice(0, count).join(" ");
      const spoken_progress = { accumulated_text, remaining_text: words.slice(count).join(" ") };
      this.send("bot-output", { text, segment_id, will_be_spoken: true, spoken_status: status, spoken_progress });
    };
    this.send("bot-started-speaking");
    report("new", 0);
    for (const index of words.keys()) {
      const loud = new Int16Array(16 * WORD_MS).fill(8000);
      await Promise.race([this.call.speak(this.sessionId, loud), sleep(this.clock, WORD_MS, signal)]);
      signal.throwIfAborted();
      report("in-progress", index + 1);
    }
    report("completed", words.length);
    this.send("bot-stopped-speaking");
  }
}
