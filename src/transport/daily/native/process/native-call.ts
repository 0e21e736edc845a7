import type { Wrtc } from "../../../../util/wrtc.ts";
import { CallDriver } from "../../call-driver.ts";
import { asFailure, usualCode } from "../../driver-failure.ts";
import type { DriverRequests } from "../../driver-messages.ts";
import type { ControlAnswer, ControlRequest } from "../../remote/control-messages.ts";
import { loadDailyInNode } from "./daily-in-node.ts";
import { NativeMedia } from "./native-media.ts";

export interface NativeCallOptions {
  readonly wrtc: Wrtc;
  readonly answer: (answer: ControlAnswer) => void;
  readonly send: (message: Buffer) => void;
  readonly hasRoom: () => boolean;
}

/** One call in the media process: daily-js and its media. */
export class NativeCall {
  readonly media: NativeMedia;
  readonly #options: NativeCallOptions;
  #driver: CallDriver | undefined;
  #isClosed = false;

  constructor(options: NativeCallOptions) {
    this.#options = options;
    this.media = new NativeMedia(options);
  }

  /** Answers in any case, once. */
  async request({ id, method, argument }: ControlRequest): Promise<void> {
    try {
      this.#answer({ id, result: await this.#run(method, argument) });
    } catch (thrown) {
      this.#answer({ id, failure: asFailure(thrown, usualCode(method)) });
    }
  }

  /** Releases everything that the call holds. Nothing is answered after it. */
  close(): void {
    this.#isClosed = true;
    this.media.release();
    // A call that was closed without a leave, because the bot gave up waiting for one.
    void this.#driver?.destroy().catch(() => undefined);
  }

  async #run(method: ControlRequest["method"], argument: unknown): Promise<unknown> {
    if (!this.#driver) {
      if (method !== "join") return undefined;
      this.#driver = this.#createDriver((argument as DriverRequests["join"][0]).bundlePath);
    }
    const run = this.#driver[method].bind(this.#driver) as (argument: unknown) => unknown;
    return await run(argument);
  }

  #createDriver(bundlePath: string | undefined): CallDriver {
    const call = loadDailyInNode(this.#options.wrtc).createCallObject({
      allowMultipleCallInstances: true,
      ...(bundlePath !== undefined && { dailyConfig: { bundlePathOverride: bundlePath } }),
    });
    return new CallDriver(call, this.media, (event) => this.#answer({ event }));
  }

  #answer(answer: ControlAnswer): void {
    if (!this.#isClosed) this.#options.answer(answer);
  }
}
