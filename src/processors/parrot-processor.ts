import {
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../pipeline/index.ts";

/** Turn logic takes a moment to detect speech: the audio just before belongs to the turn. */
const BEFORE_SPEECH_MS = 300;
const MAX_TURN_MS = 30_000;

/**
 * Repeats what the user said in the user's own voice: a complete bot without speech services, for trying out a
 * transport. Put it behind turn logic such as the UserTurnProcessor. Of a longer turn it repeats the last 30 s.
 */
export class ParrotProcessor extends FrameProcessor {
  #heard: InputAudioRawFrame[] = [];
  #heardMs = 0;
  #userSpeaking = false;

  constructor() {
    super({ name: "ParrotProcessor" });
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    context.push(frame, direction);
    if (direction !== "downstream") return;
    if (frame instanceof InputAudioRawFrame) {
      this.#remember(frame);
    } else if (frame instanceof UserStartedSpeakingFrame) {
      this.#userSpeaking = true;
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#userSpeaking = false;
      this.#repeat(context);
    }
  }

  #remember(frame: InputAudioRawFrame): void {
    this.#heard.push(frame);
    this.#heardMs += frame.durationMs;
    const keepMs = this.#userSpeaking ? MAX_TURN_MS : BEFORE_SPEECH_MS;
    while (this.#heardMs > keepMs) this.#heardMs -= this.#heard.shift()?.durationMs ?? this.#heardMs;
  }

  #repeat(context: ProcessContext): void {
    const heard = this.#heard;
    this.#heard = [];
    this.#heardMs = 0;
    context.push(new TTSStartedFrame());
    for (const { audio, sampleRate, numChannels } of heard)
      context.push(new TTSAudioRawFrame({ audio, sampleRate, numChannels }));
    context.push(new TTSStoppedFrame());
  }
}
