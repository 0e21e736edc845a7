import { extname } from "node:path";
import { Worker } from "node:worker_threads";

import { InvalidOptionError } from "../../util/errors.ts";
import { MissingPackageError } from "../../util/missing-package.ts";
import type { RecordedSpeech } from "./speech-recording.ts";
import type { TurnModelSource, TurnReply, TurnRequest } from "./turn-model-thread.ts";

/** Beside this file, in the sources and in dist. */
const THREAD = new URL(`turn-model-thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
const USER = "SmartTurnAnalyzer";
const WHERE_TO_GET_IT =
  "must be the path of a smart-turn v3 model. Download smart-turn-v3.2-cpu.onnx (9 MB) from https://huggingface.co/pipecat-ai/smart-turn-v3";

/** Waits for the thread's answers. */
interface Pending {
  readonly loaded: PromiseWithResolvers<undefined>;
  readonly turns: Map<number, PromiseWithResolvers<number>>;
}

/** The model, in a thread of its own. A thread that fails is replaced when it is needed the next time. */
export class TurnModel {
  readonly #modelPath: string;
  #thread: Worker | undefined;
  #pending: Pending | undefined;
  #requests = 0;
  #closed = false;

  constructor(modelPath: string) {
    this.#modelPath = modelPath;
  }

  /**
   * Starts the thread and loads the model.
   *
   * @throws MissingPackageError if no ONNX runtime is installed; InvalidOptionError if the model cannot be loaded.
   */
  async load(): Promise<void> {
    this.#start();
    await this.#pending?.loaded.promise;
  }

  /** Resolves with the likelihood that the turn is complete, 0 to 1. Takes the buffer of the speech. */
  async judge(speech: RecordedSpeech): Promise<number> {
    await this.load();
    if (this.#thread === undefined || this.#pending === undefined) throw new Error(`${USER} is closed.`);
    this.#requests++;
    const request: TurnRequest = { id: this.#requests, ...speech };
    const answer = Promise.withResolvers<number>();
    this.#pending.turns.set(request.id, answer);
    this.#thread.ref();
    this.#thread.postMessage(request, [speech.pcm.buffer]);
    return answer.promise;
  }

  /** Ends the thread. Pending judgements reject. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#fail(new Error(`${USER} was closed.`));
  }

  #start(): void {
    if (this.#thread !== undefined || this.#closed) return;
    const source: TurnModelSource = { modelPath: this.#modelPath };
    // Flags of the bot, such as --inspect, are not the thread's.
    const thread = new Worker(THREAD, { workerData: source, name: "smart-turn", execArgv: [] });
    const pending: Pending = { loaded: Promise.withResolvers(), turns: new Map() };
    this.#thread = thread;
    this.#pending = pending;
    // Whoever waits for a judgement gets the reason as well.
    pending.loaded.promise.catch(() => undefined);
    const fail = (error: Error): void => {
      if (this.#thread === thread) this.#fail(error);
    };
    thread.on("message", (reply: TurnReply) => {
      if (reply.kind === "unloadable") fail(this.#explain(reply.what, reply.error));
      else this.#handle(reply, thread, pending);
    });
    thread.on("error", fail);
    thread.on("exit", (code) => fail(new Error(`The thread of ${USER} ended with code ${code}.`)));
  }

  #handle(reply: Exclude<TurnReply, { kind: "unloadable" }>, thread: Worker, { loaded, turns }: Pending): void {
    if (reply.kind === "ready") loaded.resolve(undefined);
    else if (reply.kind === "judged") turns.get(reply.id)?.resolve(reply.probability);
    else turns.get(reply.id)?.reject(reply.error);
    if (reply.kind !== "ready") turns.delete(reply.id);
    // An idle thread does not keep the bot's process alive.
    if (turns.size === 0) thread.unref();
  }

  #fail(error: Error): void {
    const [thread, pending] = [this.#thread, this.#pending];
    this.#thread = undefined;
    this.#pending = undefined;
    pending?.loaded.reject(error);
    for (const turn of pending?.turns.values() ?? []) turn.reject(error);
    void thread?.terminate();
  }

  #explain(what: "runtime" | "model", error: Error): Error {
    if (what === "runtime") return new MissingPackageError(USER, ["onnxruntime-web"], error);
    return new InvalidOptionError("modelPath", `${WHERE_TO_GET_IT}. It could not be loaded: ${error.message}`);
  }
}
