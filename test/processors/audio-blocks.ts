import { UserAudioRawFrame } from "../../src/frames/index.ts";

export const RATE = 16_000;

/** 10 ms of a tone; `level` is its amplitude. */
export function block(level: number, sampleRate = RATE): UserAudioRawFrame {
  const audio = Int16Array.from({ length: sampleRate / 100 }, (_, i) => level * Math.sin((i * RATE) / sampleRate / 3));
  return new UserAudioRawFrame({ audio, sampleRate, userId: "u" });
}

export function blocks(level: number, ms: number, sampleRate = RATE): UserAudioRawFrame[] {
  return Array.from({ length: ms / 10 }, () => block(level, sampleRate));
}
