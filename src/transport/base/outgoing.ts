import {
  makeUninterruptible,
  OutputAudioRawFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  type Frame,
  type TTSStoppedFrame,
} from "../../frames/index.ts";
import type { Deferred } from "../../util/deadline.ts";
import type { Utterance } from "./timed-frames.ts";

/** A chunk of what the bot says or plays. */
export interface AudioEntry {
  readonly kind: "audio";
  readonly frame: OutputAudioRawFrame;
  readonly utterance: Utterance;
  /** Where it begins in the audio of its context. */
  readonly offsetMs: number;
  started: boolean;
  /** With background sound under it; made when it is first tried to write. */
  mixed: Int16Array | undefined;
}

export interface UtteranceEndEntry {
  readonly kind: "utteranceEnd";
  readonly frame: TTSStoppedFrame | undefined;
  readonly utterance: Utterance;
  /** Its words have had a turn of the event loop to get ahead of it. */
  turned: boolean;
}

/** Things wait in one queue, in the order they came, so that each leaves after the audio before it was heard. */
export type Entry =
  | AudioEntry
  | UtteranceEndEntry
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "mark"; readonly reached: Deferred<undefined> };

/** Background sound of a moment when there was nothing else; it never waits, so it is only ever written. */
export interface BackgroundEntry {
  readonly kind: "background";
  readonly frame: OutputAudioRawFrame;
}

/** The silence that keeps what was interrupted apart from what is said next; like background, it never waits. */
export interface SilenceEntry {
  readonly kind: "silence";
}

/** Handed to the sink: `to` is the position at which it has been heard. */
export interface Written {
  readonly entry: Entry | BackgroundEntry | SilenceEntry;
  readonly from: number;
  readonly to: number;
}

/** Whether it only fills the time: nobody said it, and nobody waits for its end. */
export function isFiller({ entry }: Written): boolean {
  return entry.kind === "background" || entry.kind === "silence";
}

/** A mono chunk of the class of the audio it was cut from: speech stays speech. */
export function chunkLike(like: OutputAudioRawFrame, audio: Int16Array, sampleRate: number): OutputAudioRawFrame {
  const chunk = chunkOfClass(like, audio, sampleRate);
  return like.uninterruptible ? makeUninterruptible(chunk) : chunk;
}

/** Whether the entry stays where it is on an interruption: speech that must be heard to its end, and what survives anyway. */
export function survives(entry: Entry): boolean {
  switch (entry.kind) {
    case "audio":
    case "utteranceEnd":
      return entry.utterance.uninterruptible;
    case "frame":
      return entry.frame.uninterruptible;
    case "mark":
      return true;
  }
}

/** Whether speech that must be heard to its end begins, or goes on, with this entry. */
export function isSpeechToEnd(entry: Entry): boolean {
  if (entry.kind === "audio") return entry.utterance.uninterruptible;
  return entry.kind === "frame" && entry.frame instanceof TTSStartedFrame && !entry.frame.interruptible;
}

function chunkOfClass(like: OutputAudioRawFrame, audio: Int16Array, sampleRate: number): OutputAudioRawFrame {
  const fields = { audio, sampleRate, numChannels: 1 };
  if (like instanceof TTSAudioRawFrame) return new TTSAudioRawFrame({ ...fields, contextId: like.contextId });
  if (like instanceof SpeechOutputAudioRawFrame) return new SpeechOutputAudioRawFrame(fields);
  return new OutputAudioRawFrame(fields);
}
