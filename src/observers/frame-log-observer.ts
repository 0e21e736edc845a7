import {
  BotSpeakingFrame,
  type Frame,
  HeartbeatFrame,
  InputAudioRawFrame,
  InputImageRawFrame,
  OutputAudioRawFrame,
  OutputImageRawFrame,
  UserSpeakingFrame,
} from "../frames/index.ts";
import type { FrameClass, Observer, PushEvent } from "../pipeline/index.ts";
import { FirstSight } from "./first-sight.ts";
import { formatDetails } from "./frame-details.ts";
import { type LineTarget, createLineWriter } from "./line-writer.ts";
import { sanitizeLogText } from "./log-text.ts";

/** Options of a {@link FrameLogObserver}. */
export interface FrameLogObserverOptions {
  /** Where the lines are written: a function, or a logger at level "info". Default: standard error. */
  readonly to?: LineTarget;
  /** Log only frames of these classes and their subclasses. Default: all. */
  readonly only?: readonly FrameClass[];
  /** Do not log frames of these classes and their subclasses. Default: none. */
  readonly except?: readonly FrameClass[];
  /**
   * Log only frames that these processors push or receive. A name without its number matches all processors of that
   * class. Default: all.
   */
  readonly processors?: readonly string[];
  /** Whether a frame is logged at every processor it passes, not only where it first appears. Default false. */
  readonly everyHop?: boolean;
  /**
   * Interval in milliseconds at which frequent frames (audio, images, heartbeats) are logged as a count. Default 1000.
   */
  readonly foldMs?: number;
  /** Text longer than this many characters is truncated. Default 120. */
  readonly maxTextLength?: number;
}

/** Queued text may wait for long, and its later hops must still be recognised. */
const FRAMES_REMEMBERED = 4096;
const NAME_LENGTH = 80;

interface Folded {
  readonly route: string;
  readonly kind: string;
  count: number;
  durationMs: number;
}

/**
 * Logs the frames of a pipeline for people to read: one line per frame with the time since the first one, its route,
 * its kind and its details. Text in a frame cannot break a line. Audio, message content, settings and known forms of
 * keys do not appear in the log.
 */
export class FrameLogObserver implements Observer {
  readonly #write: (line: string) => void;
  readonly #options: FrameLogObserverOptions;
  readonly #foldMs: number;
  readonly #maxTextLength: number;
  readonly #firstSight = new FirstSight(FRAMES_REMEMBERED);
  readonly #folded = new Map<string, Folded>();
  #foldedSinceMs = 0;
  #originMs: number | undefined;

  constructor(options: FrameLogObserverOptions = {}) {
    this.#options = options;
    this.#foldMs = options.foldMs ?? 1000;
    this.#maxTextLength = options.maxTextLength ?? 120;
    this.#write = createLineWriter(options.to);
  }

  onPush(event: PushEvent): void {
    const { frame, timeMs } = event;
    this.#originMs ??= timeMs;
    if (this.#folded.size > 0 && timeMs - this.#foldedSinceMs >= this.#foldMs) this.#logFolded(timeMs);
    if (!this.#isWanted(event)) return;
    if (isFrequent(frame)) this.#fold(event);
    else this.#log(event);
  }

  #isWanted({ frame, source, destination }: PushEvent): boolean {
    const { only, except, processors, everyHop } = this.#options;
    if (only !== undefined && !only.some((type) => frame instanceof type)) return false;
    if (except?.some((type) => frame instanceof type)) return false;
    if (
      processors !== undefined &&
      !processors.some((name) => isInstanceNamed(source, name) || isInstanceNamed(destination, name))
    )
      return false;
    return everyHop === true || this.#firstSight.checkFirst(frame);
  }

  #log({ frame, timeMs, ...way }: PushEvent): void {
    const details = formatDetails(frame, this.#maxTextLength);
    this.#line(timeMs, `${toRoute(way)}  ${frame.name}${details === "" ? "" : `  ${details}`}`);
  }

  #fold({ frame, timeMs, ...way }: PushEvent): void {
    const route = toRoute(way);
    const key = `${route} ${frame.kind}`;
    if (this.#folded.size === 0) this.#foldedSinceMs = timeMs;
    const folded = this.#folded.get(key) ?? { route, kind: frame.kind, count: 0, durationMs: 0 };
    this.#folded.set(key, folded);
    folded.count++;
    folded.durationMs += frame.durationMs;
  }

  #logFolded(timeMs: number): void {
    for (const { route, kind, count, durationMs } of this.#folded.values()) {
      const duration = durationMs > 0 ? `  ${Math.round(durationMs)} ms` : "";
      this.#line(timeMs, `${route}  ${count} × ${kind}${duration}`);
    }
    this.#folded.clear();
  }

  #line(timeMs: number, text: string): void {
    const seconds = ((timeMs - (this.#originMs ?? timeMs)) / 1000).toFixed(3);
    // The parts are truncated already; this escapes names and other fields.
    this.#write(`${seconds.padStart(9)}  ${sanitizeLogText(text, this.#maxTextLength + 1000)}`);
  }
}

function toRoute({ source, destination, direction }: Pick<PushEvent, "source" | "destination" | "direction">): string {
  const [from, to] = [source.slice(0, NAME_LENGTH), destination.slice(0, NAME_LENGTH)];
  // The front of the pipeline is always on the left.
  return direction === "downstream" ? `${from} → ${to}` : `${to} ← ${from}`;
}

function isInstanceNamed(processor: string, name: string): boolean {
  return processor === name || processor.startsWith(`${name}#`);
}

function isFrequent(frame: Frame): boolean {
  return (
    frame instanceof InputAudioRawFrame ||
    frame instanceof OutputAudioRawFrame ||
    frame instanceof InputImageRawFrame ||
    frame instanceof OutputImageRawFrame ||
    frame instanceof HeartbeatFrame ||
    frame instanceof BotSpeakingFrame ||
    frame instanceof UserSpeakingFrame
  );
}
