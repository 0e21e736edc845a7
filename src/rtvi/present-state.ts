import type { Frame } from "../frames/index.ts";
import type { BotOutputData, LegacyBotOutputData } from "./messages.ts";
import type { RTVIReport } from "./rtvi-options.ts";

/** Pieces of the present utterance that are kept: twice as many messages are sent at once to who becomes ready. */
const MAX_PIECES = 10;

/** What lasts: the message of its beginning by the frame, and by the frames that end it. */
const BEGINNINGS: Readonly<Record<string, RTVIReport>> = {
  UserStartedSpeakingFrame: "user-started-speaking",
  UserMuteStartedFrame: "user-mute-started",
  LLMFullResponseStartFrame: "bot-llm-started",
  TTSStartedFrame: "bot-tts-started",
  BotStartedSpeakingFrame: "bot-started-speaking",
};
const ENDS: Readonly<Record<string, readonly RTVIReport[]>> = {
  UserStoppedSpeakingFrame: ["user-started-speaking"],
  UserMuteStoppedFrame: ["user-mute-started"],
  LLMFullResponseEndFrame: ["bot-llm-started"],
  TTSStoppedFrame: ["bot-tts-started"],
  InterruptionFrame: ["bot-llm-started", "bot-tts-started"],
  BotStoppedSpeakingFrame: ["bot-started-speaking"],
};
const VOICE: RTVIReport = "bot-started-speaking";

/** A piece of what the bot says now. */
interface Piece {
  readonly begun: BotOutputData;
  /** The last that was reported of it. */
  progress?: BotOutputData;
}

/** Where {@link PresentState.tell} reports to. */
export interface PresentStateSink {
  began(type: RTVIReport): void;
  output(current: BotOutputData, legacy: LegacyBotOutputData): void;
}

/**
 * What is going on, for a client that becomes ready in the middle of it: who speaks, and what the bot has said of its present
 * utterance. What was over before is not told.
 */
export class PresentState {
  /** In the order in which it began. */
  readonly #lasting = new Set<RTVIReport>();
  readonly #pieces = new Map<number, Piece>();

  /** A frame was pushed for the first time. */
  pushed({ kind }: Frame): void {
    const begun = BEGINNINGS[kind];
    if (begun !== undefined) this.#lasting.add(begun);
    for (const ended of ENDS[kind] ?? []) this.#lasting.delete(ended);
    if (!this.#lasting.has(VOICE)) this.#pieces.clear();
  }

  /** A `bot-output` was reported. */
  output(data: BotOutputData): void {
    if (!this.#lasting.has(VOICE)) return;
    const piece = this.#pieces.get(data.segment_id);
    if (data.spoken_status !== "new") {
      if (piece) piece.progress = data;
      return;
    }
    this.#pieces.set(data.segment_id, { begun: data });
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > MAX_PIECES && oldest !== undefined) this.#pieces.delete(oldest);
  }

  /** Reports all of it again. */
  tell(sink: PresentStateSink): void {
    for (const type of this.#lasting) sink.began(type);
    for (const { begun, progress } of this.#pieces.values()) {
      const { text, aggregated_by } = begun;
      sink.output(begun, { text, spoken: false, aggregated_by });
      // Clients of 1.x put words together: these are several at once.
      const heard = progress?.spoken_progress?.accumulated_text;
      if (progress && heard !== undefined) sink.output(progress, { text: heard, spoken: true, aggregated_by: "word" });
    }
  }
}
