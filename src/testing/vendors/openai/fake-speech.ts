import { testTone } from "../../test-tone.ts";
import type { VendorRequest } from "../vendor-server.ts";
import type { FakeOpenAIError } from "./openai-errors.ts";

/** A text that the speech route was asked to say. */
export interface FakeSpeechRequest {
  /** The text. */
  readonly input: string;
  /** Name of the model. */
  readonly model: string;
  /** Name or id of the voice. */
  readonly voice: string;
  /** Speed as a factor of the voice's own, from 0.25 to 4. */
  readonly speed: number;
  /** The whole body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The HTTP request that brought it. */
  readonly request: VendorRequest;
}

/** What the speech route answers: mono PCM at 24 kHz, or an error. */
export type FakeSpeechReply = Int16Array | FakeOpenAIError;

/** Speech that a transcription route has received. */
export interface FakeHeardSpeech {
  /** The audio, mono. Of a model that transcribes while it listens: what had arrived when it began. */
  readonly pcm: Int16Array;
  /** Sample rate of the audio in Hz. */
  readonly sampleRate: number;
  /** Name of the model. */
  readonly model: string;
  /** Language that the client named. */
  readonly language: string | undefined;
  /** Prompt that the client sent. */
  readonly prompt: string | undefined;
  /** The route: a whole file, or the realtime socket. */
  readonly route: "file" | "realtime";
}

/** What a transcription route has understood: a text, an error, or a text with a delay of its own. */
export type FakeTranscript =
  | string
  | FakeOpenAIError
  | {
      /** The text. */
      readonly text: string;
      /** Time until its first piece, in milliseconds, in the place of the fake's `latencyMs`. */
      readonly delayMs: number;
    };

/** Sample rate of OpenAI's speech, and of the speech that its realtime route takes, in Hz. */
export const OPENAI_SAMPLE_RATE = 24_000;
const LETTER_MS = 60;
const GAP_MS = 60;

/** A tone for each word, as long as its letters, with short gaps. */
export function speakInTones({ input, speed }: FakeSpeechRequest): Int16Array {
  const words = input.match(/\S+/gu) ?? [];
  const parts = words.flatMap((word, index) => {
    const tone = testTone(300 + 50 * (index % 8), OPENAI_SAMPLE_RATE, (word.length * LETTER_MS) / speed);
    return [tone, new Int16Array((OPENAI_SAMPLE_RATE * GAP_MS) / 1000)];
  });
  const speech = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    speech.set(part, at);
    at += part.length;
  }
  return speech;
}

/** "Hello there." where there is sound, nothing where there is none. */
export function hearHello({ pcm }: FakeHeardSpeech): string {
  return isLoud(pcm) ? "Hello there." : "";
}

/** Whether any sample is louder than noise. */
export function isLoud(pcm: Int16Array): boolean {
  return pcm.some((sample) => Math.abs(sample) > 1000);
}

/** Splits a transcript into the pieces of its deltas, which join to the text. */
export function splitDeltas(text: string): readonly string[] {
  return text.match(/\s*\S+(?:\s+$)?/gu) ?? [];
}

/** The samples of 16-bit little-endian bytes; an odd byte at the end is dropped. */
export function toSamples(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let at = 0; at < samples.length; at++) samples[at] = bytes.readInt16LE(at * 2);
  return samples;
}
