import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { MissingPackageError } from "../../util/missing-package.ts";
import { loadOnnxRuntime, type OnnxRuntime, type OnnxSession, type OnnxTensor } from "../../util/onnx-runtime.ts";
import type { VADAnalyzer } from "./vad-analyzer.ts";

type Session = OnnxSession<
  { readonly input: OnnxTensor; readonly state: OnnxTensor; readonly sr: OnnxTensor },
  { readonly output: OnnxTensor; readonly stateN: OnnxTensor }
>;

/** Options of a {@link SileroVADAnalyzer}. */
export interface SileroVADAnalyzerOptions {
  /** Which of the models in `@ricky0123/vad-web` to use. Default "v6". */
  readonly model?: "v5" | "v6";
  /** Path of a custom model file, version 5 or later. `@ricky0123/vad-web` is then not required. */
  readonly modelPath?: string;
}

/** State of the model for one stream of audio. */
interface Stream {
  readonly sampleRate: number;
  /** Number of samples of the previous block that are passed with each block. */
  readonly context: number;
  /** Those samples, then the block. */
  readonly input: Float32Array;
  readonly sr: OnnxTensor;
  state: OnnxTensor;
}

const RATES = [16_000, 8000] as const;
/** Samples of the previous block passed with each block; at 8 kHz half as many. */
const CONTEXT_AT_16K = 64;
const BLOCK_AT_16K = 512;
const STATE_SIZE = 2 * 128;
/** The first blocks are slow while the engine compiles the model; better before the call than during it. */
const WARM_UP_BLOCKS = 8;

/**
 * Detects speech with the Silero model, which the ONNX runtime runs in this process in about half a millisecond per 32
 * ms of audio. Both packages are optional peers: `npm install onnxruntime-web @ricky0123/vad-web`. `onnxruntime-node` is
 * used instead of `onnxruntime-web` where it is installed.
 */
export class SileroVADAnalyzer implements VADAnalyzer {
  readonly sampleRates = RATES;
  readonly #options: SileroVADAnalyzerOptions;
  #loading: Promise<void> | undefined;
  #runtime: OnnxRuntime | undefined;
  #session: Session | undefined;
  #stream: Stream | undefined;
  #closed = false;

  constructor(options: SileroVADAnalyzerOptions = {}) {
    this.#options = options;
  }

  frameSamples(sampleRate: number): number {
    return (BLOCK_AT_16K * sampleRate) / 16_000;
  }

  /**
   * Loads the runtime and the model.
   *
   * @throws MissingPackageError if the runtime or the model is not installed.
   */
  prepare(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async confidence(pcm: Int16Array, sampleRate: number): Promise<number> {
    await this.prepare();
    return this.#infer(pcm, sampleRate);
  }

  reset(): void {
    this.#stream = undefined;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#loading?.catch(() => undefined);
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  async #infer(pcm: Int16Array, sampleRate: number): Promise<number> {
    const [runtime, session] = [this.#runtime, this.#session];
    if (runtime === undefined || session === undefined) return 0;
    if (this.#stream?.sampleRate !== sampleRate) this.#stream = createStream(runtime, sampleRate);
    const stream = this.#stream;
    const { input, context } = stream;
    input.copyWithin(0, input.length - context);
    for (let i = 0; i < pcm.length; i++) input[context + i] = (pcm[i] ?? 0) / 32_768;
    const { output, stateN } = await session.run({
      input: new runtime.Tensor("float32", input, [1, input.length]),
      state: stream.state,
      sr: stream.sr,
    });
    stream.state = stateN;
    return output.data[0] ?? 0;
  }

  async #load(): Promise<void> {
    const { runtime, modelFile } = findPackages(this.#options);
    const session: Session = await runtime.createSession(await readFile(modelFile));
    if (this.#closed) {
      await session.release();
      return;
    }
    this.#runtime = runtime;
    this.#session = session;
    const silence = new Int16Array(BLOCK_AT_16K);
    for (let block = 0; block < WARM_UP_BLOCKS; block++) await this.#infer(silence, RATES[0]);
    this.reset();
  }
}

function createStream({ Tensor }: OnnxRuntime, sampleRate: number): Stream {
  const context = (CONTEXT_AT_16K * sampleRate) / 16_000;
  return {
    sampleRate,
    context,
    input: new Float32Array(context + (BLOCK_AT_16K * sampleRate) / 16_000),
    sr: new Tensor("int64", BigInt64Array.of(BigInt(sampleRate)), []),
    state: new Tensor("float32", new Float32Array(STATE_SIZE), [2, 1, STATE_SIZE / 2]),
  };
}

function findPackages(options: SileroVADAnalyzerOptions): { runtime: OnnxRuntime; modelFile: string } {
  const require = createRequire(import.meta.url);
  const inPackage = `@ricky0123/vad-web/dist/silero_vad_${options.model ?? "v6"}.onnx`;
  try {
    const modelFile = options.modelPath ?? require.resolve(inPackage);
    return { runtime: loadOnnxRuntime(), modelFile };
  } catch (thrown) {
    const packages = options.modelPath === undefined ? ["onnxruntime-web", "@ricky0123/vad-web"] : ["onnxruntime-web"];
    throw new MissingPackageError("SileroVADAnalyzer", packages, thrown);
  }
}
