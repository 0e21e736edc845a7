/**
 * Custom sound processing in the audio path of a transport. The audio is mono. Starting may be slow; processing may
 * not.
 */
export interface AudioStage {
  /**
   * Prepares for PCM at this rate (Hz). If it rejects or takes longer than 5 s, the transport reports an error and runs
   * without the stage.
   */
  start(sampleRate: number): void | Promise<void>;
  /** Releases all resources. */
  stop(): void | Promise<void>;
  /**
   * Applies new settings; each stage defines its own keys. Throw for invalid settings and change nothing: the transport
   * reports the error.
   */
  update(settings: Readonly<Record<string, unknown>>): void;
  /** Switches the stage on or off; it keeps its position in its sound. */
  enable(on: boolean): void;
}
