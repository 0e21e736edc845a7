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

/** Turn logic takes a moment to notice speech: what was heard just before belongs to it. */
const BEFORE_SPEECH_MS = 300;
const LONGEST_TURN_MS = 30_000;

/**
 * Says what the user said, in the user's own voice: a whole bot without any speech service, to try a transport with. Put
 * it behind turn logic such as the UserTurnProcessor. Keeps the last 30 s of a longer turn.
 */
export class ParrotProcessor extends FrameProcessor {
  #heard: InputAudioRawFrame[] = [];
  #heardMs = 0;
  #userSpeaks = false;

  constructor() {
    super({ name: "ParrotProcessor" });
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    context.push(frame, direction);
    if (direction !== "downstream") return;
    if (frame instanceof InputAudioRawFrame) {
      this.#remember(frame);
    } else if (frame instanceof UserStartedSpeakingFrame) {
      this.#userSpeaks = true;
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#userSpeaks = false;
      this.#repeat(context);
    }
  }

  #remember(frame: InputAudioRawFrame): void {
    this.#heard.push(frame);
    this.#heardMs += frame.durationMs;
    const keepMs = this.#userSpeaks ? LONGEST_TURN_MS : BEFORE_SPEECH_MS;
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
