import { addSaturated } from "../../audio/index.ts";
import {
  AudioBufferStartRecordingFrame,
  AudioBufferStopRecordingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  EndFrame,
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  InterruptionFrame,
  OutputAudioRawFrame,
  StartFrame,
  StopFrame,
  UserAudioRawFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import { type RecordedTracks, Recording } from "./recording.ts";
import { type OpenRecordingSink, RecordingError, type RecordingSink } from "./recording-sink.ts";
import { type RecordedTurn, TurnAudio } from "./turn-audio.ts";

/** Options of an {@link AudioRecorder}. */
export interface AudioRecorderOptions {
  /** Name of the processor. Default: its class name with a number. */
  readonly name?: string;
  /** Sample rate of the recording in Hz. Default: the pipeline's output rate. */
  readonly sampleRate?: number;
  /** 2: the user on the left channel, the bot on the right; 1: both mixed. Default 2. */
  readonly channels?: 1 | 2;
  /** Whether recording starts with the pipeline instead of at an `AudioBufferStartRecordingFrame`. Default false. */
  readonly autoStart?: boolean;
  /** Length of a chunk in milliseconds, 200 to 60 000. The recording is one to three chunks behind. Default 1000. */
  readonly chunkMs?: number;
  /** Where recordings are written, such as `wavFile("call.wav")`. Default: nowhere, only to the events. */
  readonly sink?: OpenRecordingSink;
  /** Maximum length of the audio in turn events, in milliseconds. Default 60 000. */
  readonly maxTurnMs?: number;
}

/** A piece of a recording. */
export interface RecordedChunk {
  /** Signed 16-bit PCM: user and bot interleaved, or both mixed if `channels` is 1. */
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** 2: user and bot; 1: both mixed. */
  readonly channels: 1 | 2;
  /** Start of the piece, in milliseconds since the recording began. */
  readonly startMs: number;
}

/** Events of an {@link AudioRecorder}. */
export type AudioRecorderEvents = {
  /** A recording has started. Recordings count from 1. */
  recordingStarted: [recording: number];
  /** A recording is complete: all of it has been emitted and written. */
  recordingStopped: [recording: number, durationMs: number];
  /** The next piece of the recording. */
  audio: [chunk: RecordedChunk];
  /** The same piece as in `audio`, as two tracks of the same length. */
  trackAudio: [tracks: RecordedTracks];
  /** What the user said in a turn, from 500 ms before speech was detected. */
  userTurnAudio: [turn: RecordedTurn];
  /** What was heard of the bot in a turn. */
  botTurnAudio: [turn: RecordedTurn];
};

/** Time limit for opening a sink, for each write and for closing it. */
const SINK_TIMEOUT_MS = 5000;
/** How long the end of the pipeline waits for the end of the recording. */
const FINISH_TIMEOUT_MS = 10_000;
/** The beginning of speech is detected late, especially if it is soft. */
const BEFORE_SPEECH_MS = 500;

/** State of one recording. */
interface Session {
  readonly number: number;
  readonly recording: Recording;
  readonly sink: Promise<RecordingSink | undefined>;
  readonly userTurns: TurnAudio;
  readonly botTurns: TurnAudio;
  /** When voice activity began that may become a turn. */
  speechStartMs: number | undefined;
  sinkFailed: boolean;
}

/**
 * Records the call: what the user said and what was heard of the bot, in sync, each on its own channel. Put it behind
 * `transport.output()`, which forwards the bot's audio once it has been heard. The user's audio must get that far too:
 * STT services forward it. Memory does not grow with the length of the call. The recording ends with the pipeline at
 * the latest.
 *
 * @throws InvalidOptionError for options that are out of range.
 */
export class AudioRecorder extends FrameProcessor<AudioRecorderEvents> {
  readonly #options: AudioRecorderOptions;
  readonly #chunkMs: number;
  readonly #channels: 1 | 2;
  readonly #maxTurnMs: number;
  #sampleRate: number | undefined;
  #session: Session | undefined;
  #recordings = 0;
  /** Resolves when all earlier recordings are complete. */
  #finishing: Promise<unknown> = Promise.resolve();

  constructor(options: AudioRecorderOptions = {}) {
    super(options.name === undefined ? {} : { name: options.name });
    this.#options = options;
    this.#chunkMs = requireInRange("chunkMs", options.chunkMs ?? 1000, 200, 60_000);
    this.#maxTurnMs = requireInRange("maxTurnMs", options.maxTurnMs ?? 60_000, 1000, 3_600_000);
    this.#channels = options.channels ?? 2;
    if (options.sampleRate !== undefined)
      this.#sampleRate = requireInRange("sampleRate", options.sampleRate, 8000, 192_000);
  }

  /** Whether a recording is running. */
  get recording(): boolean {
    return this.#session !== undefined;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#sampleRate ??= setup.audioOutSampleRate;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame || frame instanceof StopFrame) return this.#finishBefore(frame, direction, ctx);
    ctx.push(frame, direction);
    if (frame instanceof StartFrame) {
      if (this.#options.autoStart === true) this.startRecording();
    } else if (frame instanceof AudioBufferStartRecordingFrame) {
      this.startRecording();
    } else if (frame instanceof AudioBufferStopRecordingFrame || frame instanceof CancelFrame) {
      void this.stopRecording();
    } else if (this.#session !== undefined && direction === "downstream") {
      record(this.#session, frame);
    }
  }

  override async cleanup(): Promise<void> {
    await this.#finish();
    await super.cleanup();
  }

  /** Starts a recording now. Does nothing while one is running. */
  startRecording(): void {
    if (this.#session !== undefined) return;
    const sampleRate = this.#sampleRate ?? 24_000;
    this.#recordings++;
    const recording = new Recording({
      clock: this.clock,
      sampleRate,
      chunkMs: this.#chunkMs,
      onTracks: (tracks) => this.#emitChunk(session, tracks),
      onDropped: () => {
        const why = "it arrived faster than it can have been heard, or the sink is too slow";
        this.logger.warn(`${this.name} dropped audio: ${why}. Put the recorder behind transport.output().`);
      },
    });
    const session: Session = {
      number: this.#recordings,
      recording,
      sink: this.#openSink(sampleRate, this.#recordings),
      userTurns: new TurnAudio(sampleRate, this.#maxTurnMs),
      botTurns: new TurnAudio(sampleRate, this.#maxTurnMs),
      speechStartMs: undefined,
      sinkFailed: false,
    };
    this.#session = session;
    this.emit("recordingStarted", session.number);
  }

  /** Ends the recording. Resolves when all of it has been emitted and written. Does nothing if none is running. */
  stopRecording(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return Promise.resolve();
    this.#session = undefined;
    const finished = this.#close(session);
    this.#finishing = Promise.all([this.#finishing, finished]);
    return finished;
  }

  async #finishBefore(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    try {
      await this.#finish();
    } finally {
      ctx.push(frame, direction);
    }
  }

  /** Finishes all recordings, within a deadline. */
  async #finish(): Promise<void> {
    void this.stopRecording();
    try {
      await withDeadline(this.clock, this.#finishing, FINISH_TIMEOUT_MS, "Finishing the recording");
    } catch (thrown) {
      this.#reportFailure(asError(thrown));
    }
  }

  async #close(session: Session): Promise<void> {
    const durationMs = session.recording.elapsedMs;
    session.userTurns.end(durationMs);
    session.botTurns.end(durationMs);
    await session.recording.stop();
    const sink = await session.sink;
    if (sink !== undefined) await this.#closeSink(session, sink);
    this.emit("recordingStopped", session.number, durationMs);
  }

  async #emitChunk(session: Session, tracks: RecordedTracks): Promise<void> {
    const { startMs, sampleRate, user, bot } = tracks;
    const channels = this.#channels;
    const audio = channels === 2 ? interleave(user, bot) : mix(user, bot);
    this.emit("audio", { audio, sampleRate, channels, startMs });
    this.emit("trackAudio", tracks);
    for (const turn of session.userTurns.add(startMs, user)) this.emit("userTurnAudio", turn);
    for (const turn of session.botTurns.add(startMs, bot)) this.emit("botTurnAudio", turn);
    const sink = await session.sink;
    if (sink === undefined || session.sinkFailed) return;
    try {
      await this.#withSinkDeadline(async () => sink.write(audio), "Writing the recording");
    } catch (thrown) {
      session.sinkFailed = true;
      this.#reportFailure(asError(thrown));
    }
  }

  async #openSink(sampleRate: number, recording: number): Promise<RecordingSink | undefined> {
    const { sink: open } = this.#options;
    if (open === undefined) return undefined;
    const opening = (async () => open({ sampleRate, channels: this.#channels, recording }))();
    try {
      return await this.#withSinkDeadline(() => opening, "Opening the recording's sink");
    } catch (thrown) {
      this.#reportFailure(asError(thrown));
      // A sink that opens late must not stay open.
      opening.then((late) => late.close()).catch(() => undefined);
      return undefined;
    }
  }

  async #closeSink(session: Session, sink: RecordingSink): Promise<void> {
    try {
      await this.#withSinkDeadline(async () => sink.close(), "Closing the recording's sink");
    } catch (thrown) {
      if (!session.sinkFailed) this.#reportFailure(asError(thrown));
    }
  }

  #withSinkDeadline<T>(work: () => Promise<T>, what: string): Promise<T> {
    return withDeadline(this.clock, work(), SINK_TIMEOUT_MS, what);
  }

  #reportFailure(error: Error): void {
    this.pushError(new RecordingError(error));
  }
}

/** Applies a frame to the recording. */
function record(session: Session, frame: Frame): void {
  const { recording, userTurns, botTurns } = session;
  const nowMs = recording.elapsedMs;
  if (frame instanceof InputAudioRawFrame) {
    recording.addUser(frame instanceof UserAudioRawFrame ? frame.userId : "", frame);
  } else if (frame instanceof OutputAudioRawFrame) {
    recording.addBot(frame.transportDestination ?? "", frame);
  } else if (frame instanceof VADUserStartedSpeakingFrame) {
    session.speechStartMs = nowMs - frame.startDelayMs;
  } else if (frame instanceof UserStartedSpeakingFrame) {
    userTurns.begin((session.speechStartMs ?? nowMs) - BEFORE_SPEECH_MS);
  } else if (frame instanceof UserStoppedSpeakingFrame) {
    session.speechStartMs = undefined;
    userTurns.end(nowMs);
  } else if (frame instanceof BotStartedSpeakingFrame) {
    botTurns.begin(nowMs);
  } else if (frame instanceof BotStoppedSpeakingFrame) {
    botTurns.end(nowMs);
  } else if (frame instanceof InterruptionFrame) {
    botTurns.interrupt(nowMs);
  }
}

function interleave(left: Int16Array, right: Int16Array): Int16Array {
  const both = new Int16Array(left.length * 2);
  for (let at = 0; at < left.length; at++) {
    both[2 * at] = left[at] ?? 0;
    both[2 * at + 1] = right[at] ?? 0;
  }
  return both;
}

function mix(user: Int16Array, bot: Int16Array): Int16Array {
  const both = user.slice();
  addSaturated(both, bot, () => 1);
  return both;
}

function requireInRange(field: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InvalidOptionError(field, `must be a whole number from ${least} to ${most}; got ${value}.`);
  return value;
}
