import {
  type AudioRecorderOptions,
  AudioRecorder,
  type RecordedTracks,
  type RecordedTurn,
} from "../../../src/processors/index.ts";
import { type Frame, TTSAudioRawFrame, UserAudioRawFrame } from "../../../src/frames/index.ts";
import { type Chain, chain } from "../../pipeline/harness.ts";

/** Few samples per millisecond keep the tests fast; the times are the same. */
export const RATE = 8000;
export const BLOCK_MS = 20;

export function userBlock(level: number, userId = "u", ms = BLOCK_MS, sampleRate = RATE): UserAudioRawFrame {
  const audio = new Int16Array((sampleRate * ms) / 1000).fill(level);
  return new UserAudioRawFrame({ audio, sampleRate, userId });
}

export function botBlock(level: number, ms = BLOCK_MS, sampleRate = RATE): TTSAudioRawFrame {
  return new TTSAudioRawFrame({ audio: new Int16Array((sampleRate * ms) / 1000).fill(level), sampleRate });
}

export interface Recorded extends Chain {
  readonly recorder: AudioRecorder;
  readonly chunks: RecordedTracks[];
  readonly userTurns: RecordedTurn[];
  readonly botTurns: RecordedTurn[];
  readonly events: string[];
  /** Advances by `ms`. These frames arrive every 20 ms, at the end of their audio. */
  during(ms: number, ...make: (() => Frame)[]): Promise<void>;
  /** Everything emitted so far, joined. */
  track(side: "user" | "bot"): Int16Array;
}

export async function recorded(options: AudioRecorderOptions = {}): Promise<Recorded> {
  const recorder = new AudioRecorder({ sampleRate: RATE, autoStart: true, ...options });
  const [chunks, userTurns, botTurns, events]: [RecordedTracks[], RecordedTurn[], RecordedTurn[], string[]] = [
    [],
    [],
    [],
    [],
  ];
  recorder.on("trackAudio", (tracks) => chunks.push(tracks));
  recorder.on("userTurnAudio", (turn) => userTurns.push(turn));
  recorder.on("botTurnAudio", (turn) => botTurns.push(turn));
  recorder.on("recordingStarted", (n) => events.push(`started ${n}`));
  recorder.on("recordingStopped", (n, ms) => events.push(`stopped ${n} after ${ms} ms`));
  const made = await chain([recorder]);
  return {
    ...made,
    recorder,
    chunks,
    userTurns,
    botTurns,
    events,
    during: async (ms, ...make) => {
      for (let at = 0; at < ms; at += BLOCK_MS) {
        await made.clock.advance(BLOCK_MS);
        for (const makeFrame of make) made.send(makeFrame());
      }
      await made.clock.advance(0);
    },
    track: (side) => Int16Array.from(chunks.flatMap((tracks) => [...tracks[side]])),
  };
}

/** Stretches of equal level, without silence: "500-700:1000" is start and end in milliseconds, and the level. */
export function stretches(audio: Int16Array, sampleRate = RATE): string[] {
  const found: string[] = [];
  for (let from = 0; from < audio.length;) {
    let to = from;
    while (to < audio.length && audio[to] === audio[from]) to++;
    if (audio[from] !== 0) found.push(`${(from / sampleRate) * 1000}-${(to / sampleRate) * 1000}:${audio[from]}`);
    from = to;
  }
  return found;
}
