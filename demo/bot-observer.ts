import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  InterruptionFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  UserAudioRawFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../src/frames/index.ts";
import type { Observer, PushEvent } from "../src/pipeline/index.ts";
import { joined, type Span } from "./sound.ts";

/** One answer of the bot, as pushed to the output. */
export interface Reply {
  readonly writtenAtMs: number;
  readonly audio: Int16Array[];
  readonly sampleRate: number;
  interrupted: boolean;
}

export function replyPcm(reply: Reply): Int16Array {
  return joined(reply.audio);
}

/** Records for the report what the bot heard, said and interrupted, and when. */
export class BotObserver implements Observer {
  readonly replies: Reply[] = [];
  readonly interruptionsMs: number[] = [];
  readonly userTurns: Span[] = [];
  readonly botSpeaking: Span[] = [];
  audioFramesByUser = new Map<string, number>();
  readonly #toDemoMs: (clockMs: number) => number;
  readonly #say: (line: string) => void;

  constructor(toDemoMs: (clockMs: number) => number, say: (line: string) => void) {
    this.#toDemoMs = toDemoMs;
    this.#say = say;
  }

  onPush({ source, frame, direction, timeMs }: PushEvent): void {
    if (direction !== "downstream") return;
    const atMs = this.#toDemoMs(timeMs);
    // Every frame is pushed again by each processor it passes; only where it began counts.
    if (source.startsWith("ParrotProcessor")) this.#fromParrot(frame, atMs);
    else if (source.startsWith("UserTurnProcessor")) this.#fromTurns(frame, atMs);
    else if (source.startsWith("TavusInputTransport") && frame instanceof UserAudioRawFrame)
      this.audioFramesByUser.set(frame.userId, (this.audioFramesByUser.get(frame.userId) ?? 0) + 1);
    else if (source.startsWith("TavusOutputTransport")) this.#fromOutput(frame, atMs);
  }

  #fromParrot(frame: PushEvent["frame"], atMs: number): void {
    if (frame instanceof TTSStartedFrame) {
      this.replies.push({ writtenAtMs: atMs, audio: [], sampleRate: 0, interrupted: false });
    } else if (frame instanceof TTSAudioRawFrame) {
      const reply = this.replies.at(-1);
      if (!reply) return;
      (reply as { sampleRate: number }).sampleRate = frame.sampleRate;
      reply.audio.push(frame.audio);
    }
  }

  #fromTurns(frame: PushEvent["frame"], atMs: number): void {
    if (frame instanceof UserStartedSpeakingFrame) {
      this.userTurns.push({ startMs: atMs, endMs: atMs });
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      const turn = this.userTurns.at(-1);
      if (turn) turn.endMs = atMs;
    } else if (frame instanceof InterruptionFrame) {
      const speaking = this.botSpeaking.at(-1);
      if (speaking?.endMs !== Infinity) return;
      this.interruptionsMs.push(atMs);
      const reply = this.replies.at(-1);
      if (reply) reply.interrupted = true;
      this.#say("bot:  (interrupted)");
    }
  }

  #fromOutput(frame: PushEvent["frame"], atMs: number): void {
    if (frame instanceof BotStartedSpeakingFrame) this.botSpeaking.push({ startMs: atMs, endMs: Infinity });
    const speaking = this.botSpeaking.at(-1);
    if (frame instanceof BotStoppedSpeakingFrame && speaking) speaking.endMs = atMs;
  }
}
