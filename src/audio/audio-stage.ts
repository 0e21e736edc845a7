/** Someone's own sound processing, put into the audio path of a transport. Mono; it may be slow to start, never to run. */
export interface AudioStage {
  /** Gets ready for PCM at this rate (Hz). What rejects or takes longer than 5 s is reported, and the stage left out. */
  start(sampleRate: number): void | Promise<void>;
  /** Frees everything. */
  stop(): void | Promise<void>;
  /** New settings; each stage knows its own keys. Throw for those that cannot work: that is reported and changes nothing. */
  update(settings: Readonly<Record<string, unknown>>): void;
  /** Switches it on or off, without losing its place. */
  enable(on: boolean): void;
}
