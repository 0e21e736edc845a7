/** How an output transport notifies the listener of an interruption. */
export interface InterruptionNotice {
  /** Resolves when the message has been handed over. Speech waits for it, but not after it rejects, and at most 5 s. */
  readonly sent: Promise<void>;
  /** How long nothing is heard after that, in milliseconds of what leaves on the track. */
  readonly silenceMs: number;
}
