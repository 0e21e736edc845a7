import { type Frame, type FrameDirection, StartFrame } from "../frames/index.ts";
import type { ProcessContext } from "../pipeline/index.ts";
import { STTService, type STTServiceOptions } from "../services/index.ts";
import type { TimerHandle } from "../util/clock.ts";

/** What the user is understood to say. */
export interface ScriptedTranscript {
  readonly text: string;
  /** This long after the StartFrame. Default: when the user stops speaking the next time. */
  readonly atMs?: number;
  /** What it sounds like before, told just ahead of it. Default: nothing. */
  readonly interim?: readonly string[];
  /** Default: whose audio was last heard. */
  readonly userId?: string;
  /** Default true. */
  readonly finalized?: boolean;
}

export interface ScriptedSTTServiceOptions extends STTServiceOptions {
  /** A string is what is heard the next time the user stops speaking. */
  readonly transcripts: readonly (string | ScriptedTranscript)[];
  /** From the end of speech to the transcript. Default 100. */
  readonly latencyMs?: number;
}

/** Understands what a script says, whatever is said. Listens to the VAD, so put it behind one. */
export class ScriptedSTTService extends STTService {
  /** Audio that it was given, in milliseconds. */
  heardMs = 0;
  readonly #options: ScriptedSTTServiceOptions;
  readonly #waiting: ScriptedTranscript[];
  readonly #timers = new Set<TimerHandle>();

  constructor(options: ScriptedSTTServiceOptions) {
    super({}, { name: "ScriptedSTTService", ...options });
    this.#options = options;
    this.#waiting = this.#scripts().filter(({ atMs }) => atMs === undefined);
  }

  /** Transcripts that nobody has said yet. */
  get remaining(): number {
    return this.#waiting.length;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    const passed = super.process(frame, direction, ctx);
    if (frame instanceof StartFrame)
      for (const script of this.#scripts()) if (script.atMs !== undefined) this.#later(script, script.atMs);

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
    if (script) this.#later(script, this.#options.latencyMs ?? 100);
  }

  #scripts(): ScriptedTranscript[] {
    return this.#options.transcripts.map((script) => (typeof script === "string" ? { text: script } : script));
  }

  #later(script: ScriptedTranscript, delayMs: number): void {
    const timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer);
      const { interim = [], text, userId, finalized = true } = script;
      for (const words of interim) this.pushInterimTranscript({ text: words, userId });
      this.pushTranscript({ text, userId, finalized });
    }, delayMs);
    this.#timers.add(timer);
  }
}
