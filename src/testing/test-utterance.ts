import { type Frame, TTSAudioRawFrame, TTSStartedFrame, TTSStoppedFrame } from "../frames/index.ts";
import { testTone } from "./test-tone.ts";

const SAMPLE_RATE = 24_000;
const BLOCK_SAMPLES = SAMPLE_RATE / 50;

/** An utterance of one tone, in the frames that a TTS service sends: audio in blocks of 20 ms at 24 kHz. */
export function testUtterance(hz: number, durationMs: number): Frame[] {
  const pcm = testTone(hz, SAMPLE_RATE, durationMs);
  const frames: Frame[] = [new TTSStartedFrame()];
  for (let at = 0; at < pcm.length; at += BLOCK_SAMPLES) {
    const audio = pcm.slice(at, at + BLOCK_SAMPLES);
    frames.push(new TTSAudioRawFrame({ audio, sampleRate: SAMPLE_RATE }));
  }
  frames.push(new TTSStoppedFrame());
  return frames;
}
