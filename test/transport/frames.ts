import { TTSAudioRawFrame } from "../../src/frames/index.ts";
import type { LogFields, Logger } from "../../src/util/logger.ts";

export { FrameCollector as Collector } from "../../src/testing/frame-collector.ts";

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
