import { OutputAudioRawFrame, TTSTextFrame, type Frame } from "../../../frames/index.ts";
import { toHeardChunk, type WrittenEntry } from "./entries.ts";
import type { MediaSenderHost } from "./media-sender-options.ts";
import type { UtteranceTracker } from "./utterance-tracker.ts";

/**
 * Whether anyone hears a destination. "heard": someone does. "awaited": someone is expected, and audio waits. "unheard":
 * nobody does; audio plays in real time but counts for nothing: no words leave, and the bot does not speak.
 */
export type ListenerState = "heard" | "awaited" | "unheard";

/** Where frames leave whose time has come. Speech that nobody has heard was not said, and does not leave. */
export class ReleaseGate {
  readonly #host: MediaSenderHost;
  /** Whether anyone listens. At first someone is awaited. */
  listening: ListenerState = "awaited";

  constructor(host: MediaSenderHost) {
    this.#host = host;
  }

  /** Passes on what was heard. */
  pass(frame: Frame): void {
    if (!this.#isUnheard(frame)) this.#host.push(frame);
  }

  /** Passes a frame on, whether or not anyone listens. */
  push(frame: Frame): void {
    this.#host.push(frame);
  }

  /** Hands over a frame that waited for the audio before it. */
  deliver(frame: Frame): void {
    if (!this.#isUnheard(frame)) this.#host.deliver(frame);
  }

  #isUnheard(frame: Frame): boolean {
    const isSpeech = frame instanceof TTSTextFrame || frame instanceof OutputAudioRawFrame;
    return isSpeech && this.listening === "unheard";
  }
}

/** Releases an entry that has been heard, and reports what that means for its utterance. */
export function releaseEntry(entry: WrittenEntry, gate: ReleaseGate, tracker: UtteranceTracker): void {
  switch (entry.kind) {
    case "audio":
      tracker.chunkPlayed(entry);
      gate.pass(toHeardChunk(entry));
      return;
    case "background":
      gate.push(entry.frame);
      return;
    case "silence":
      return;
    case "utteranceEnd":
      tracker.endHeard(entry);
      if (entry.frame) gate.push(entry.frame);
      return;
    case "frame":
      gate.deliver(entry.frame);
      return;
    case "mark":
      entry.reached.resolve(undefined);
  }
}
