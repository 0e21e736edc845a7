import {
  makeUninterruptible,
  OutputAudioRawFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  type Frame,
  type TTSStoppedFrame,
} from "../../../frames/index.ts";
import type { Deferred } from "../../../util/deadline.ts";
import type { Utterance } from "./utterance.ts";

/** A chunk of what the bot says or plays. */
export interface AudioEntry {
  readonly kind: "audio";
  readonly frame: OutputAudioRawFrame;
  readonly utterance: Utterance;
  /** Where it begins in the audio of its context, in milliseconds. */
  readonly offsetMs: number;
  /** Whether its first sample has been played. */
  started: boolean;
  /** The chunk with background sound under it; made at the first attempt to write it. */
  mixed: Int16Array | undefined;
}

/** The end of an utterance. */
export interface UtteranceEndEntry {
  readonly kind: "utteranceEnd";
  /** The frame that ended it; undefined when the fallback or the end of the task did. */
  readonly frame: TTSStoppedFrame | undefined;
  readonly utterance: Utterance;
  /** Whether its words have had the time to leave before it. */
  yielded: boolean;
}

/** What waits in one queue, in the order of arrival, so that each entry leaves after the audio before it was heard. */
export type Entry =
  | AudioEntry
  | UtteranceEndEntry
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "mark"; readonly reached: Deferred<undefined> };

/** Background sound from a time when there was nothing else. It never waits, so it is only ever written. */
export interface BackgroundEntry {
  readonly kind: "background";
  readonly frame: OutputAudioRawFrame;
}

/** Silence that keeps what was interrupted apart from what is said next. Like background sound, it never waits. */
export interface SilenceEntry {
  readonly kind: "silence";
}

/** What may be in a sink, or between two things that are. */
export type WrittenEntry = Entry | BackgroundEntry | SilenceEntry;

/** An entry that was handed to the sink, with its positions there in samples per channel. */
export interface Written<E extends WrittenEntry = WrittenEntry> {
  readonly entry: E;
  /** Position of its first sample. */
  readonly from: number;
  /** The position at which it has been heard. */
  readonly to: number;
}

/** Whether it only fills the time: nobody said it, and nobody waits for its end. */
export function isFiller({ entry }: Written): boolean {
  return entry.kind === "background" || entry.kind === "silence";
}

/** Whether an interruption leaves the entry where it is: speech that must be heard to its end, and what survives anyway. */
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

/** Makes a mono chunk of the class of the audio it was split from: speech stays speech. */
export function chunkLike(like: OutputAudioRawFrame, audio: Int16Array, sampleRate: number): OutputAudioRawFrame {
  const chunk = chunkOfClass(like, audio, sampleRate);
  return like.uninterruptible ? makeUninterruptible(chunk) : chunk;
}

/** The chunk as it was heard, with what was mixed under it: a recording of it has to be the same. */
export function toHeardChunk({ frame, mixed }: AudioEntry): OutputAudioRawFrame {
  if (!mixed) return frame;
  const heard = chunkLike(frame, mixed, frame.sampleRate);
  heard.transportDestination = frame.transportDestination;
  return heard;
}

function chunkOfClass(like: OutputAudioRawFrame, audio: Int16Array, sampleRate: number): OutputAudioRawFrame {
  const fields = { audio, sampleRate, numChannels: 1 };
  if (like instanceof TTSAudioRawFrame) return new TTSAudioRawFrame({ ...fields, contextId: like.contextId });
  if (like instanceof SpeechOutputAudioRawFrame) return new SpeechOutputAudioRawFrame(fields);
  return new OutputAudioRawFrame(fields);
}
