import type { CancelFrame, EndFrame, StartFrame } from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { asError } from "../../util/errors.ts";
import type { TransportParams } from "./transport-params.ts";

/** The part that both ends of a transport share: params, and hooks for what a concrete transport does at start, end and cancel. */
export abstract class TransportProcessor extends FrameProcessor {
  /** The params of the transport, with their defaults. */
  protected readonly params: TransportParams;
  #setup: ProcessorSetup | undefined;

  /** `params`: made by {@link parseTransportParams}. `options.name`: default the class and a number. */
  constructor(params: TransportParams, options: { readonly name?: string | undefined } = {}) {
    super(options.name === undefined ? {} : { name: options.name });
    this.params = params;
  }

  /** Called after the StartFrame was pushed on, and again after a pause. Default: does nothing. */
  protected start(_frame: StartFrame): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Called at the end: on an input after the EndFrame was pushed on, on an output when all was heard and before the frame
   * is pushed on. Slow work belongs in `cleanup`. Default: does nothing.
   */
  protected stop(): Promise<void> {
    return Promise.resolve();
  }

  /** Called before the CancelFrame is pushed on, to release everything at once. Default: does nothing. */
  protected cancel(): Promise<void> {
    return Promise.resolve();
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#setup = setup;
  }

  /** The task's rates of input and output audio, in Hz. Defaults 16000 and 24000. */
  protected get taskRates(): { readonly in: number; readonly out: number } {
    return { in: this.#setup?.audioInSampleRate ?? 16_000, out: this.#setup?.audioOutSampleRate ?? 24_000 };
  }

  /** A signal that aborts when the task is cancelled or its setup has failed; undefined before setup. */
  protected get taskSignal(): AbortSignal | undefined {
    return this.#setup?.signal;
  }

  /** Runs `work` before a last frame. Reports its failure, and pushes the frame on in any case. Never rejects. */
  protected async before(frame: EndFrame | CancelFrame, ctx: ProcessContext, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      ctx.pushError(asError(thrown));
    } finally {
      ctx.push(frame);
    }
  }
}
