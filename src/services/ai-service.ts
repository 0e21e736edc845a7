import { isDeepStrictEqual } from "node:util";

import {
  EndFrame,
  type Frame,
  type FrameDirection,
  ServiceMetadataFrame,
  type ServiceSettings,
  StartFrame,
  StopFrame,
} from "../frames/index.ts";
import { FrameProcessor, type FrameProcessorOptions, type ProcessContext } from "../pipeline/index.ts";
import { InvalidOptionError } from "../util/errors.ts";
import { ServiceUnusableError } from "./service-errors.ts";

/**
 * Base class of services: a processor with settings that can change while it runs, which takes no work while it is
 * unusable.
 */
export abstract class AIService<S extends object = object> extends FrameProcessor {
  #settings: S;
  #dropReported = false;
  #ended = false;
  #droppedAfterEnd = 0;

  /** `settings` must have a key for every setting; a setting without a value is undefined. */
  constructor(settings: S, options: FrameProcessorOptions = {}) {
    super(options);
    this.#settings = { ...settings };
  }

  /** Current settings. */
  get settings(): Readonly<S> {
    return this.#settings;
  }

  /** Forwards every frame. After the StartFrame it broadcasts {@link metadata}. */
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame || frame instanceof StopFrame) this.#ended = true;
    ctx.push(frame, direction);
    if (frame instanceof StartFrame) ctx.broadcast(() => this.metadata());
  }

  /** Creates the frame that describes the service to other processors. Must return a new frame at every call. */
  protected metadata(): ServiceMetadataFrame {
    return new ServiceMetadataFrame(this.name);
  }

  /**
   * Called after settings have changed and before the next frame, for example to reconnect. Does nothing by default.
   */
  protected settingsChanged(_changed: readonly (keyof S)[]): void | Promise<void> {}

  /**
   * Applies new settings. A setting that really changes makes an unusable service usable again. An unknown setting is
   * reported as an error and ignored.
   */
  protected async updateSettings(update: ServiceSettings, ctx: ProcessContext): Promise<void> {
    const changed: (keyof S)[] = [];
    const next = { ...this.#settings };
    for (const [key, value] of Object.entries(update)) {
      if (!hasSetting(next, key)) {
        const known = Object.keys(next).join(", ");
        ctx.pushError(new InvalidOptionError(key, `is not a setting of ${this.name}; it has: ${known || "none"}.`));
      } else if (!isDeepStrictEqual(next[key], value)) {
        next[key] = value as S[typeof key];
        changed.push(key);
      }
    }
    if (changed.length === 0) return;
    this.#settings = next;
    this.becomeUsable();
    await this.settingsChanged(changed);
  }

  /**
   * Number of requests that arrived behind the end of the pipeline and were dropped: they would cost money without
   * being heard.
   */
  get refusedAfterEnd(): number {
    return this.#droppedAfterEnd;
  }

  /**
   * Returns whether the service may take work. It takes none behind the end of the pipeline. Work dropped because the
   * service is unusable is reported as an error, once each time it becomes unusable.
   */
  protected accepts(ctx: Pick<ProcessContext, "pushError">): boolean {
    if (this.#ended) {
      this.#droppedAfterEnd++;
      if (this.#droppedAfterEnd === 1)
        this.logger.warn(`${this.name} received work after the end and drops it. Later drops are only counted.`);

      return false;
    }
    if (this.usable) {
      this.#dropReported = false;
      return true;
    }
    if (!this.#dropReported) {
      this.#dropReported = true;
      ctx.pushError(new ServiceUnusableError(this.name));
    }
    return false;
  }
}

function hasSetting<S extends object>(settings: S, key: PropertyKey): key is keyof S {
  return Object.hasOwn(settings, key);
}
