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
import { frameDetails } from "./frame-details.ts";
import { type LineTarget, lineWriter } from "./line-writer.ts";
import { logText } from "./log-text.ts";

export interface FrameLogObserverOptions {
  /** Where the lines go: a function, or a logger, which gets them at level "info". Default: standard error. */
  readonly to?: LineTarget;
  /** Log only frames of these classes and their subclasses. Default: all. */
  readonly only?: readonly FrameClass[];
  /** Log nothing of these classes. Default: none. */
  readonly except?: readonly FrameClass[];
  /**
   * Log only what these processors push or get, by name; a name without its number means all of that class. Default: all.
   */
  readonly processors?: readonly string[];
  /** Log a frame at every processor it passes, not only where it first appears. Default false. */
  readonly everyHop?: boolean;
  /** What comes many times a second (audio, images, heartbeats) is counted, and told after this long. Default 1000. */
  readonly foldMs?: number;
  /** Text beyond this many characters is cut. Default 120. */
  readonly maxTextLength?: number;
}

/** Waiting text may stay in a queue for long; its later hops must still be known for such. */
const FRAMES_REMEMBERED = 4096;
const NAME_LENGTH = 80;

interface Folded {
  readonly route: string;
  readonly kind: string;
  count: number;
  durationMs: number;
}

/**
 * A log of what flows, for people: one line a frame with the time since the first one, the way it takes, its kind and what
 * it says. Nothing that others wrote can break a line, and no audio, message content, settings or known form of key
 * appears in it.
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
    this.#write = lineWriter(options.to);
  }

  onPush(event: PushEvent): void {
    const { frame, timeMs } = event;
    this.#originMs ??= timeMs;
    if (this.#folded.size > 0 && timeMs - this.#foldedSinceMs >= this.#foldMs) this.#unfold(timeMs);
    if (!this.#wanted(event)) return;
    if (isFrequent(frame)) this.#fold(event);
    else this.#log(event);
  }

  #wanted({ frame, source, destination }: PushEvent): boolean {
    const { only, except, processors, everyHop } = this.#options;
    if (only !== undefined && !only.some((type) => frame instanceof type)) return false;
    if (except?.some((type) => frame instanceof type)) return false;
    if (
      processors !== undefined &&
      !processors.some((name) => isInstanceNamed(source, name) || isInstanceNamed(destination, name))
    )
      return false;

    return everyHop === true || this.#firstSight.isFirst(frame);
  }

  #log({ frame, timeMs, ...way }: PushEvent): void {
    const details = frameDetails(frame, this.#maxTextLength);
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

  #unfold(timeMs: number): void {
    for (const { route, kind, count, durationMs } of this.#folded.values()) {
      const duration = durationMs > 0 ? `  ${Math.round(durationMs)} ms` : "";
      this.#line(timeMs, `${route}  ${count} × ${kind}${duration}`);
    }
    this.#folded.clear();
  }

  #line(timeMs: number, text: string): void {
    const seconds = ((timeMs - (this.#originMs ?? timeMs)) / 1000).toFixed(3);
    // The parts are cut already; this escapes what names and other fields bring.
    this.#write(`${seconds.padStart(9)}  ${logText(text, this.#maxTextLength + 1000)}`);
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
