const SAMPLE_MS = 200;
/** Room noise, and silence through a codec, stay below this level (of 1). */
const QUIET = 0.01;
/** Fraction of the old level kept with every sample: a pause counts as silence after about a second. */
const MEMORY = 0.7;
/** A new speaker must be louder than the current one by this factor. */
const LOUDER = 2;

/** Chooses the active speaker by levels. Daily's own rule is not public. */
export class SpeakerChoice {
  readonly #loudness = new Map<string, number>();
  #speaker: string | undefined;

  /** Takes one level per participant, 0 to 1. Returns the speaker when it has changed. Silence changes nothing. */
  observe(levels: ReadonlyMap<string, number>): string | undefined {
    for (const id of this.#loudness.keys()) if (!levels.has(id)) this.#loudness.delete(id);
    for (const [id, level] of levels)
      this.#loudness.set(id, MEMORY * (this.#loudness.get(id) ?? 0) + (1 - MEMORY) * level);
    const [loudest] = [...this.#loudness].sort(([, a], [, b]) => b - a);
    if (!loudest || loudest[0] === this.#speaker || loudest[1] < QUIET) return undefined;
    const speakerLoudness = this.#loudness.get(this.#speaker ?? "") ?? 0;
    if (speakerLoudness >= QUIET && loudest[1] < LOUDER * speakerLoudness) return undefined;
    this.#speaker = loudest[0];
    return this.#speaker;
  }
}

/** Samples levels and reports a change of the active speaker. */
export class ActiveSpeaker {
  readonly #levels: () => ReadonlyMap<string, number>;
  readonly #onChange: (sessionId: string) => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(levels: () => ReadonlyMap<string, number>, onChange: (sessionId: string) => void) {
    this.#levels = levels;
    this.#onChange = onChange;
  }

  start(): void {
    this.stop();
    const choice = new SpeakerChoice();
    this.#timer = setInterval(() => {
      const speaker = choice.observe(this.#levels());
      if (speaker !== undefined) this.#onChange(speaker);
    }, SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
