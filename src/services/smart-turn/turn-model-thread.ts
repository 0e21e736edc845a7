// The thread that runs the model: inference takes tens of milliseconds in either runtime, and both would block the bot's
// event loop for as long.
import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";

import { createResampler } from "../../audio/resampler.ts";
import { asError } from "../../util/errors.ts";
import { loadOnnxRuntime, type OnnxRuntime, type OnnxSession, type OnnxTensor } from "../../util/onnx-runtime.ts";
import { computeLogMel, FEATURE_FRAMES, FEATURE_RATE, MEL_BANDS } from "./log-mel.ts";
import type { RecordedSpeech } from "./speech-recording.ts";

/** What the thread is started with. */
export interface TurnModelSource {
  readonly modelPath: string;
}

/** A turn to judge. */
export interface TurnRequest extends RecordedSpeech {
  readonly id: number;
}

/** What the thread reports. */
export type TurnReply =
  | { readonly kind: "ready" }
  /** The runtime or the model cannot be loaded. The thread ends. */
  | { readonly kind: "unloadable"; readonly what: "runtime" | "model"; readonly error: Error }
  /** How likely the turn is complete, 0 to 1. */
  | { readonly kind: "judged"; readonly id: number; readonly probability: number }
  | { readonly kind: "failed"; readonly id: number; readonly error: Error };

const INPUT = "input_features";
type Session = OnnxSession<Readonly<Record<typeof INPUT, OnnxTensor>>>;

class TurnJudge {
  readonly #runtime: OnnxRuntime;
  readonly #session: Session;

  private constructor(runtime: OnnxRuntime, session: Session) {
    this.#runtime = runtime;
    this.#session = session;
  }

  static async load(runtime: OnnxRuntime, modelPath: string): Promise<TurnJudge> {
    const session: Session = await runtime.createSession(await readFile(modelPath));
    if (!session.inputNames.includes(INPUT)) throw new Error(`The model has no input named ${INPUT}.`);
    const judge = new TurnJudge(runtime, session);
    // The first run is slow: better before the call than during it.
    await judge.judge({ pcm: new Int16Array(0), sampleRate: FEATURE_RATE });
    return judge;
  }

  async judge({ pcm, sampleRate }: RecordedSpeech): Promise<number> {
    const features = computeLogMel(await resample(pcm, sampleRate));
    const input = new this.#runtime.Tensor("float32", features, [1, MEL_BANDS, FEATURE_FRAMES]);
    const outputs = await this.#session.run({ [INPUT]: input });
    const probability = outputs[this.#session.outputNames[0] ?? ""]?.data[0];
    if (!Number.isFinite(probability)) throw new Error("The model's first output is not a number.");
    return probability ?? 0;
  }
}

async function resample(pcm: Int16Array, sampleRate: number): Promise<Int16Array> {
  if (sampleRate === FEATURE_RATE || pcm.length === 0) return pcm;
  const resampler = await createResampler(sampleRate, FEATURE_RATE);
  try {
    const [body, tail] = [resampler.process(pcm), resampler.flush()];
    const whole = new Int16Array(body.length + tail.length);
    whole.set(body);
    whole.set(tail, body.length);
    return whole;
  } finally {
    resampler.close();
  }
}

function post(reply: TurnReply): void {
  parentPort?.postMessage(reply);
}

async function load(): Promise<TurnJudge | undefined> {
  let what: "runtime" | "model" = "runtime";
  try {
    const runtime = loadOnnxRuntime();
    what = "model";
    const judge = await TurnJudge.load(runtime, (workerData as TurnModelSource).modelPath);
    post({ kind: "ready" });
    return judge;
  } catch (thrown) {
    post({ kind: "unloadable", what, error: asError(thrown) });
    parentPort?.close();
    return undefined;
  }
}

const judge = await load();
// One after another, in order. Without a model the port is closed, and no message arrives.
let last = Promise.resolve();
parentPort?.on("message", (request: TurnRequest) => {
  last = last.then(async () => {
    try {
      if (judge) post({ kind: "judged", id: request.id, probability: await judge.judge(request) });
    } catch (thrown) {
      post({ kind: "failed", id: request.id, error: asError(thrown) });
    }
  });
});
