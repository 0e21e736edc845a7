import { TTSAudioRawFrame, type Frame, type FrameDirection } from "../../src/frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../src/pipeline/index.ts";
import type { Clock } from "../../src/util/clock.ts";
import type { LogFields, Logger } from "../../src/util/logger.ts";

export interface Seen {
  readonly frame: Frame;
  readonly atMs: number;
}

/** Notes every frame that passes in one direction. */
export class Collector extends FrameProcessor {
  readonly seen: Seen[] = [];
  readonly #clock: Clock;
  readonly #direction: FrameDirection;

  constructor(clock: Clock, direction: FrameDirection) {
    super({ name: `Collector(${direction})` });
    this.#clock = clock;
    this.#direction = direction;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (direction === this.#direction) this.seen.push({ frame, atMs: this.#clock.nowMs() });
    ctx.push(frame, direction);
  }

  kinds(): string[] {
    return this.seen.map(({ frame }) => frame.kind);
  }

  of<F extends Frame>(type: abstract new (...args: never[]) => F): F[] {
    return this.seen.map(({ frame }) => frame).filter((frame): frame is F => frame instanceof type);
  }

  atMs(type: abstract new (...args: never[]) => Frame): number[] {
    return this.seen.filter(({ frame }) => frame instanceof type).map(({ atMs }) => atMs);
  }
}

/** TTS audio of a steady level. */
export function speech(durationMs: number, sampleRate = 24_000, level = 1000): TTSAudioRawFrame {
  return new TTSAudioRawFrame({ audio: pcm(durationMs, sampleRate, level), sampleRate });
}

export function pcm(durationMs: number, sampleRate = 24_000, level = 1000): Int16Array {
  return new Int16Array((durationMs * sampleRate) / 1000).fill(level);
}

/** Remembers what was logged. */
export class TestLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[] = [];

  debug(message: string, fields?: LogFields): void {
    this.lines.push({ level: "debug", message, fields });
  }

  info(message: string, fields?: LogFields): void {
    this.lines.push({ level: "info", message, fields });
  }

  warn(message: string, fields?: LogFields): void {
    this.lines.push({ level: "warn", message, fields });
  }

  error(message: string, fields?: LogFields): void {
    this.lines.push({ level: "error", message, fields });
  }

  warnings(): string[] {
    return this.lines.filter(({ level }) => level === "warn").map(({ message }) => message);
  }
}
