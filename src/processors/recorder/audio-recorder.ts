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

export interface AudioRecorderOptions {
  readonly name?: string;
  /** Hz of what is recorded. Default: the pipeline's output rate. */
  readonly sampleRate?: number;
  /** 2: the user on the left, the bot on the right; 1: both mixed. Default 2. */
  readonly channels?: 1 | 2;
  /** Whether recording begins with the pipeline, not at an `AudioBufferStartRecordingFrame`. Default false. */
  readonly autoStart?: boolean;
  /** Length of a chunk, 200 to 60 000. The recording is one to three chunks behind. Default 1000. */
  readonly chunkMs?: number;
  /** Where recordings go, such as `wavFile("call.wav")`. Default: nowhere; listen to the events. */
  readonly sink?: OpenRecordingSink;
  /** The longest turn that the turn events keep. Default 60 000. */
  readonly maxTurnMs?: number;
}

/** The next stretch of a recording. */
export interface RecordedChunk {
  /** Interleaved: user, bot, user, bot; or both mixed when `channels` is 1. */
  readonly audio: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Since the recording began. */
  readonly startMs: number;
}

export type AudioRecorderEvents = {
  /** Counted from 1. */
  recordingStarted: [recording: number];
  /** All of it has been told of and written. */
  recordingStopped: [recording: number, durationMs: number];
  audio: [chunk: RecordedChunk];
  /** The same stretch as `audio`, as two tracks of the same length. */
  trackAudio: [tracks: RecordedTracks];
  /** What the user said in a turn, from a moment before it was noticed. */
  userTurnAudio: [turn: RecordedTurn];
  /** What was heard of the bot in a turn. */
  botTurnAudio: [turn: RecordedTurn];
};

/** How long opening, one write and closing of a sink may take each. */
const SINK_TIMEOUT_MS = 5000;
/** How long the end of the pipeline waits for the end of the recording. */
const FINISH_TIMEOUT_MS = 10_000;
/** The beginning of speech is noticed late, soft sounds most of all. */
const BEFORE_SPEECH_MS = 500;

/** What belongs to one recording. */
interface Session {
  readonly number: number;
  readonly recording: Recording;
  readonly sink: Promise<RecordingSink | undefined>;
  readonly userTurns: TurnAudio;
  readonly botTurns: TurnAudio;
  /** When voice activity began that may turn out to be a turn. */
  speechStartMs: number | undefined;
  sinkFailed: boolean;
}

/**
 * Records the call: what the user said and what was heard of the bot, each at its time, on a channel of its own. Put it
 * behind `transport.output()`, which passes the bot's audio on when it has been heard; audio of the user must get that far
 * (STT services pass it on). Memory does not grow with the length of the call. It ends with the pipeline, at the latest.
 *
 * @throws InvalidOptionError
 */
export class AudioRecorder extends FrameProcessor<AudioRecorderEvents> {
  readonly #options: AudioRecorderOptions;
  readonly #chunkMs: number;
  readonly #channels: 1 | 2;
  readonly #maxTurnMs: number;
  #sampleRate: number | undefined;
  #session: Session | undefined;
  #recordings = 0;
  /** The ends of earlier recordings. */
  #finishing: Promise<unknown> = Promise.resolve();

  constructor(options: AudioRecorderOptions = {}) {
    super(options.name === undefined ? {} : { name: options.name });
    this.#options = options;
    this.#chunkMs = inRange("chunkMs", options.chunkMs ?? 1000, 200, 60_000);
    this.#maxTurnMs = inRange("maxTurnMs", options.maxTurnMs ?? 60_000, 1000, 3_600_000);
    this.#channels = options.channels ?? 2;
    if (options.sampleRate !== undefined) this.#sampleRate = inRange("sampleRate", options.sampleRate, 8000, 192_000);
  }

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
      note(this.#session, frame);
    }
  }

  override async cleanup(): Promise<void> {
    await this.#finish();
    await super.cleanup();
  }

  /** Begins a recording now. Does nothing while one is running. */
  startRecording(): void {
    if (this.#session !== undefined) return;
    const sampleRate = this.#sampleRate ?? 24_000;
    this.#recordings++;
    const recording = new Recording({
      clock: this.clock,
      sampleRate,
      chunkMs: this.#chunkMs,
      onTracks: (tracks) => this.#give(session, tracks),
      onDropped: () => {
        const why = "it came faster than it can have been heard, or the sink is too slow";
        this.logger.warn(`${this.name} left out audio: ${why}. Put the recorder behind transport.output().`);
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

  /** Ends the recording; resolves when all of it has been told of and written. Does nothing while there is none. */
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

  /** All recordings, within a bound. */
  async #finish(): Promise<void> {
    void this.stopRecording();
    try {
      await withDeadline(this.clock, this.#finishing, FINISH_TIMEOUT_MS, "Finishing the recording");
    } catch (thrown) {
      this.#failed(asError(thrown));
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

  async #give(session: Session, tracks: RecordedTracks): Promise<void> {
    const { startMs, sampleRate, user, bot } = tracks;
    const channels = this.#channels;
    const audio = channels === 2 ? interleaved(user, bot) : mixed(user, bot);
    this.emit("audio", { audio, sampleRate, channels, startMs });
    this.emit("trackAudio", tracks);
    for (const turn of session.userTurns.add(startMs, user)) this.emit("userTurnAudio", turn);
    for (const turn of session.botTurns.add(startMs, bot)) this.emit("botTurnAudio", turn);
    const sink = await session.sink;
    if (sink === undefined || session.sinkFailed) return;
    try {
      await this.#bounded(async () => sink.write(audio), "Writing the recording");
    } catch (thrown) {
      session.sinkFailed = true;
      this.#failed(asError(thrown));
    }
  }

  async #openSink(sampleRate: number, recording: number): Promise<RecordingSink | undefined> {
    const { sink: open } = this.#options;
    if (open === undefined) return undefined;
    const opening = (async () => open({ sampleRate, channels: this.#channels, recording }))();
    try {
      return await this.#bounded(() => opening, "Opening the recording's sink");
    } catch (thrown) {
      this.#failed(asError(thrown));
      // One that opens after all must not stay open.
      opening.then((late) => late.close()).catch(() => undefined);
      return undefined;
    }
  }

  async #closeSink(session: Session, sink: RecordingSink): Promise<void> {
    try {
      await this.#bounded(async () => sink.close(), "Closing the recording's sink");
    } catch (thrown) {
      if (!session.sinkFailed) this.#failed(asError(thrown));
    }
  }

  #bounded<T>(work: () => Promise<T>, what: string): Promise<T> {
    return withDeadline(this.clock, work(), SINK_TIMEOUT_MS, what);
  }

  #failed(error: Error): void {
    this.pushError(new RecordingError(error));
  }
}

/** What a frame means for the recording. */
function note(session: Session, frame: Frame): void {
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

function interleaved(left: Int16Array, right: Int16Array): Int16Array {
  const both = new Int16Array(left.length * 2);
  for (let at = 0; at < left.length; at++) {
    both[2 * at] = left[at] ?? 0;
    both[2 * at + 1] = right[at] ?? 0;
  }
  return both;
}

function mixed(user: Int16Array, bot: Int16Array): Int16Array {
  const both = user.slice();
  addSaturated(both, bot, () => 1);
  return both;
}

function inRange(field: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InvalidOptionError(field, `must be a whole number from ${least} to ${most}; got ${value}.`);

  return value;
}
