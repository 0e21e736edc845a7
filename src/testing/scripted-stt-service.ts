import { type Frame, type FrameDirection, StartFrame } from "../frames/index.ts";
import type { ProcessContext } from "../pipeline/index.ts";
import { STTService, type STTServiceOptions } from "../services/index.ts";
import type { TimerHandle } from "../util/clock.ts";

/** One scripted transcript. */
export interface ScriptedTranscript {
  /** The transcribed text. */
  readonly text: string;
  /** When it is pushed, in milliseconds after the StartFrame. Default: when the user next stops speaking. */
  readonly atMs?: number;
  /** Interim transcripts to push just before it. Default: none. */
  readonly interim?: readonly string[];
  /** Session id of the participant who spoke. Default: the participant whose audio arrived last. */
  readonly userId?: string;
  /** Whether it is marked `finalized`. Default true. */
  readonly finalized?: boolean;
}

/** Options of a {@link ScriptedSTTService}. */
export interface ScriptedSTTServiceOptions extends STTServiceOptions {
  /** Transcripts in order. A string is pushed when the user next stops speaking. */
  readonly transcripts: readonly (string | ScriptedTranscript)[];
  /** Time from the end of speech to the transcript, in milliseconds. Default 100. */
  readonly latencyMs?: number;
}

/**
 * A speech-to-text service that pushes scripted transcripts, whatever is said. It reacts to the VAD's frames: put it
 * behind one.
 */
export class ScriptedSTTService extends STTService {
  /** Duration of the audio it has received, in milliseconds. */
  heardMs = 0;
  readonly #options: ScriptedSTTServiceOptions;
  readonly #waiting: ScriptedTranscript[];
  readonly #timers = new Set<TimerHandle>();

  constructor(options: ScriptedSTTServiceOptions) {
    super({}, { name: "ScriptedSTTService", ...options });
    this.#options = options;
    this.#waiting = this.#scripts().filter(({ atMs }) => atMs === undefined);
  }

  /** Number of transcripts that have not been used yet. */
  get remaining(): number {
    return this.#waiting.length;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    const passed = super.process(frame, direction, ctx);
    if (frame instanceof StartFrame)
      for (const script of this.#scripts()) if (script.atMs !== undefined) this.#schedule(script, script.atMs);

    return passed;
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    for (const timer of this.#timers) this.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  protected override runSTT({ durationMs }: { readonly durationMs: number }): void {
    this.heardMs += durationMs;
  }

  protected override speechStopped(): void {
    const script = this.muted ? undefined : this.#waiting.shift();
    if (script) this.#schedule(script, this.#options.latencyMs ?? 100);
  }

  #scripts(): ScriptedTranscript[] {
    return this.#options.transcripts.map((script) => (typeof script === "string" ? { text: script } : script));
  }

  #schedule(script: ScriptedTranscript, delayMs: number): void {
    const timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer);
      const { interim = [], text, userId, finalized = true } = script;
      for (const words of interim) this.pushInterimTranscript({ text: words, userId });
      this.pushTranscript({ text, userId, finalized });
    }, delayMs);
    this.#timers.add(timer);
  }
}
