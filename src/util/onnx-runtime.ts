import { createRequire } from "node:module";

/** A value that goes into a model or comes out of it. */
export interface OnnxTensor {
  readonly data: Float32Array;
}

/** A loaded model. */
export interface OnnxSession<Inputs, Outputs = Readonly<Record<string, OnnxTensor>>> {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Inputs): Promise<Outputs>;
  release(): Promise<void>;
}

/** The ONNX runtime that is installed. */
export interface OnnxRuntime {
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => OnnxTensor;
  /** Loads a model, to run on one thread. */
  createSession<Inputs, Outputs>(model: Uint8Array): Promise<OnnxSession<Inputs, Outputs>>;
}

/** The parts of both packages that are used here. They are optional peers, so their own types may not be installed. */
interface Package {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: OnnxRuntime["Tensor"];
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OnnxSession<never>> };
}

/**
 * Loads `onnxruntime-node` (native code) if it is installed and works here, else `onnxruntime-web` (WebAssembly).
 *
 * @throws the reason why `onnxruntime-web` cannot be loaded, with the other package's reason as its cause.
 */
export function loadOnnxRuntime(): OnnxRuntime {
  const require = createRequire(import.meta.url);
  try {
    return adapt(require("onnxruntime-node") as Package, "cpu");
  } catch (native) {
    try {
      return adapt(require("onnxruntime-web") as Package, "wasm");
    } catch (web) {
      if (web instanceof Error) web.cause ??= native;
      throw web;
    }
  }
}

function adapt({ env, Tensor, InferenceSession }: Package, provider: "cpu" | "wasm"): OnnxRuntime {
  // In WebAssembly each thread would need a worker, and small models finish before a worker has woken up.
  if (provider === "wasm") env.wasm.numThreads = 1;
  const options = { executionProviders: [provider], intraOpNumThreads: 1, interOpNumThreads: 1 };
  return {
    Tensor,
    createSession: <Inputs, Outputs>(model: Uint8Array) =>
      InferenceSession.create(model, options) as Promise<OnnxSession<Inputs, Outputs>>,
  };
}
