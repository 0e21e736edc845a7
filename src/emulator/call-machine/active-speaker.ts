const SAMPLE_MS = 200;
/** Room noise and what a codec makes of silence stay below this, of 1. */
const QUIET = 0.01;
/** Of the old level that is kept with every sample: about a second until a pause counts as silence. */
const MEMORY = 0.7;
/** Who takes over must be that much louder than the speaker. */
const LOUDER = 2;

/** Chooses who speaks from how loud everybody is. Daily's own rule is not public. */
export class SpeakerChoice {
  readonly #loudness = new Map<string, number>();
  #speaker: string | undefined;

  /** Takes one level per participant, 0 to 1; returns the new speaker when it has changed. Silence changes nothing. */
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

/** Watches levels and says when somebody else speaks. */
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
