import type { CancelFrame, EndFrame, StartFrame } from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { asError } from "../../util/errors.ts";
import type { TransportParams } from "./transport-params.ts";

/** What the two ends of a transport have in common: params, and what a concrete transport does at start, end and cancel. */
export abstract class TransportProcessor extends FrameProcessor {
  protected readonly params: TransportParams;
  #setup: ProcessorSetup | undefined;

  constructor(params: TransportParams, options: { readonly name?: string | undefined } = {}) {
    super(options.name === undefined ? {} : { name: options.name });
    this.params = params;
  }

  /** After the StartFrame was pushed on; again after a pause. */
  protected start(_frame: StartFrame): Promise<void> {
    return Promise.resolve();
  }

  /**
   * At the end: of an input after the EndFrame was pushed on, of an output when all was heard and before the frame goes
   * on. What takes long belongs in `cleanup`.
   */
  protected stop(): Promise<void> {
    return Promise.resolve();
  }

  /** Let go at once, before the CancelFrame goes on. */
  protected cancel(): Promise<void> {
    return Promise.resolve();
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#setup = setup;
  }

  /** The rates the task was set up with, in Hz. */
  protected get taskRates(): { readonly in: number; readonly out: number } {
    return { in: this.#setup?.audioInSampleRate ?? 16_000, out: this.#setup?.audioOutSampleRate ?? 24_000 };
  }

  /** Aborts when the task is cancelled or its setup has failed; undefined before setup. */
  protected get taskSignal(): AbortSignal | undefined {
    return this.#setup?.signal;
  }

  /** Does what has to be done before a last frame, reports it if that fails, and pushes the frame on in any case. */
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
