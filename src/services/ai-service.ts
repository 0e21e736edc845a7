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

/** A processor with settings that can change while it runs, and that takes no work while it is unusable. */
export abstract class AIService<S extends object = ServiceSettings> extends FrameProcessor {
  #settings: S;
  #refusalReported = false;
  #ended = false;
  #refusedAfterEnd = 0;

  /** `settings` names every setting there is; what has no value yet is there as undefined. */
  constructor(settings: S, options: FrameProcessorOptions = {}) {
    super(options);
    this.#settings = { ...settings };
  }

  get settings(): Readonly<S> {
    return this.#settings;
  }

  /** Passes every frame on; after the StartFrame it tells others what they need to know of the service. */
  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame || frame instanceof StopFrame) this.#ended = true;
    ctx.push(frame, direction);
    if (frame instanceof StartFrame) ctx.broadcast(() => this.metadata());
  }

  /** What others need to know of the service. A new frame at every call. */
  protected metadata(): ServiceMetadataFrame {
    return new ServiceMetadataFrame(this.name);
  }

  /** Called after settings have changed, before the next frame: the place to reconnect. Default: nothing. */
  protected settingsChanged(_changed: readonly (keyof S)[]): void | Promise<void> {}

  /** Takes new settings over; one that really changes makes an unusable service usable again. */
  protected async updateSettings(update: ServiceSettings, ctx: ProcessContext): Promise<void> {
    const changed: (keyof S)[] = [];
    const next = { ...this.#settings };
    for (const [key, value] of Object.entries(update)) {
      if (!hasSetting(next, key)) {
        const known = Object.keys(next).join(", ");
        ctx.pushError(new InvalidOptionError(key, `${this.name} has no such setting; it has: ${known || "none"}.`));
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

  /** Requests that came behind the end, and were not made: they would be paid for and not heard. */
  get refusedAfterEnd(): number {
    return this.#refusedAfterEnd;
  }

  /**
   * Whether work may be taken. None is taken behind the end; work refused because the service is unusable is reported,
   * once for each time it becomes so.
   */
  protected accepts(ctx: Pick<ProcessContext, "pushError">): boolean {
    if (this.#ended) {
      this.#refusedAfterEnd++;
      if (this.#refusedAfterEnd === 1)
        this.logger.warn(`${this.name} was given work behind the end and drops it. Later drops are only counted.`);

      return false;
    }
    if (this.usable) {
      this.#refusalReported = false;
      return true;
    }
    if (!this.#refusalReported) {
      this.#refusalReported = true;
      ctx.pushError(new ServiceUnusableError(this.name));
    }
    return false;
  }
}

function hasSetting<S extends object>(settings: S, key: PropertyKey): key is keyof S {
  return Object.hasOwn(settings, key);
}
