import {
  BotResumeSpeakingFrame,
  EagerEndOfTurnCancelFrame,
  EagerEndOfTurnConfirmFrame,
  type Frame,
  type FrameDirection,
  InterimTranscriptionFrame,
  InterruptionFrame,
  isLifecycleFrame,
  type LLMContext,
  LLMContextFrame,
  type LLMMessage,
  makeUninterruptible,
  StartFrame,
  TranscriptionFrame,
  TranslationFrame,
  UserMuteStartedFrame,
  UserMuteStoppedFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { UserIdleController } from "../idle/user-idle-controller.ts";
import { UserMuteController } from "../mute/user-mute-controller.ts";
import type { UserMuteStrategy } from "../mute/user-mute-strategy.ts";
import { transcribedTurnStrategies } from "../turns/default-strategies.ts";
import type { UserTurnStrategies } from "../turns/turn-strategies.ts";
import { UserTurnController } from "../turns/user-turn-controller.ts";
import { carryOut, ordersRun } from "./context-orders.ts";
import { joinText, type TextPart } from "./join-text.ts";

/** Transcripts that may wait for a turn; where none ever begins, the oldest go. */
const MAX_PENDING_PARTS = 1000;

export interface UserContextAggregatorOptions {
  /** What begins and ends a turn. Default: voice activity or words begin it, 600 ms of silence and a transcript end it. */
  readonly turns?: UserTurnStrategies;
  /** Without any decision for this long after speech, the turn is over. Default 5000 ms. */
  readonly turnStopTimeoutMs?: number;
  /**
   * What follows an interruption after which no words come, such as a cough: the bot says on what was cut, from the last
   * word that was heard ("resume", the default); the model answers the context as it is ("answer"); nothing ("none").
   */
  readonly falseInterruption?: "resume" | "answer" | "none";
  /**
   * How long after the sound words may come, until it counts as one without words. At least the time that speech-to-text
   * says it needs (STTMetadataFrame), at most `turnStopTimeoutMs`. Default 2000 ms.
   */
  readonly falseInterruptionTimeoutMs?: number;
  /** When the user is not heard. Default: never. */
  readonly mute?: readonly UserMuteStrategy[];
  /** How long the user may be silent after the bot has spoken, until `userIdle`. Default 0: off. */
  readonly idleTimeoutMs?: number;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type UserContextAggregatorEvents = {
  userTurnStarted: [];
  /** With all that was said in the turn; empty when nothing was understood. */
  userTurnStopped: [text: string];
  /** No strategy has ended the turn in time; `userTurnStopped` follows. */
  userTurnStopTimeout: [];
  /** A message of the user is in the context now. */
  messageAdded: [message: LLMMessage];
  userMuteStarted: [];
  userMuteStopped: [];
  /** The user interrupted the bot and said nothing; `falseInterruption` says what follows. */
  falseInterruption: [];
  /** The user has not answered. Emitted once, until the bot has spoken again or the user has had a turn without words. */
  userIdle: [];
};

/**
 * Collects what the user says, decides turns, and at the end of each adds it to the context and sends that to the model.
 * Put it behind VAD and speech-to-text and before the model. It consumes transcripts and the frames that change or run
 * the context, and forwards all else.
 */
export class UserContextAggregator extends FrameProcessor<UserContextAggregatorEvents> {
  readonly #context: LLMContext;
  readonly #turns: UserTurnController;
  readonly #mute: UserMuteController;
  readonly #idle: UserIdleController;
  readonly #falseInterruption: "resume" | "answer" | "none";
  /** The bot was interrupted in this turn. */
  #interrupted = false;
  /** Answers that were asked for ahead of time; the last of them may be open. */
  #speculations = 0;
  /** Said, and not in the context yet. */
  #pending: TextPart[] = [];
  /** Said in this turn, and in the context. */
  #told: TextPart[] = [];

  readonly #hasAssistant: boolean;

  /**
   * @param wiring `hasAssistant`: an assistant aggregator of the same context is further down.
   * @throws InvalidOptionError for options outside their range.
   */
  constructor(
    context: LLMContext,
    options: UserContextAggregatorOptions = {},
    wiring: { readonly hasAssistant?: boolean } = {},
  ) {
    super({ name: "UserContextAggregator" });
    this.#context = context;
    this.#hasAssistant = wiring.hasAssistant ?? false;
    this.#falseInterruption = parseFalseInterruption(options);
    this.#idle = new UserIdleController(options.idleTimeoutMs ?? 0, () => this.emit("userIdle"));
    this.#mute = new UserMuteController(options.mute ?? [], (muted) => {
      this.broadcast(() => (muted ? new UserMuteStartedFrame() : new UserMuteStoppedFrame()));
      this.emit(muted ? "userMuteStarted" : "userMuteStopped");
    });
    this.#turns = new UserTurnController({
      strategies: options.turns ?? transcribedTurnStrategies(),
      ...(options.turnStopTimeoutMs !== undefined && { stopTimeoutMs: options.turnStopTimeoutMs }),
      ...(options.falseInterruptionTimeoutMs !== undefined && {
        emptyStopTimeoutMs: options.falseInterruptionTimeoutMs,
      }),
      listener: {
        turnStarted: ({ announce, interrupt }) => {
          if (announce) this.broadcast(() => new UserStartedSpeakingFrame());
          this.#interrupted = interrupt;
          this.#idle.turnStarted();
          if (interrupt) this.broadcastInterruption();
          this.emit("userTurnStarted");
        },
        inferenceTriggered: () => {
          if (this.#tell()) this.#run();
        },
        turnStopped: ({ announce }) => {
          if (announce) this.broadcast(() => new UserStoppedSpeakingFrame());
          const empty = this.#told.length === 0;
          this.#idle.turnStopped({ answered: !empty });
          this.#turnIsOver();
          if (empty) this.#nothingSaid();
        },
        speculated: (text) => {
          this.#speculations++;
          const said = joinText([...this.#pending, { text, verbatim: false }]);
          this.push(new LLMContextFrame(this.#context, { speculation: { id: this.#speculations, text: said } }));
        },
        speculationWithdrawn: () => this.push(new EagerEndOfTurnCancelFrame(this.#speculations)),
        speculationConfirmed: () => {
          this.#tell();
          this.push(new EagerEndOfTurnConfirmFrame(this.#speculations));
        },
        stopTimedOut: () => this.emit("userTurnStopTimeout"),
        textDiscarded: () => {
          this.#pending = [];
        },
      },
    });
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#turns.setup(setup.clock, setup.logger);
    this.#idle.setup(setup.clock);
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (isLifecycleFrame(frame)) {
      if (!(frame instanceof StartFrame)) this.#finish();
      context.push(frame, direction);
      if (frame instanceof StartFrame) this.#mute.start(this.clock);
      return;
    }
    if (!this.#mute.admits(frame)) return;
    if (direction === "upstream" && this.#hasAssistant && ordersRun(frame)) {
      // Asked from within the answer: it takes its place behind what was said before it, for the model to know that.
      context.push(makeUninterruptible(frame.copy()));
      return;
    }
    if (frame instanceof TranscriptionFrame) {
      this.#heard(frame);
    } else if (frame instanceof BotResumeSpeakingFrame) {
      context.push(frame, "downstream");
    } else if (!(frame instanceof InterimTranscriptionFrame || frame instanceof TranslationFrame)) {
      if (frame instanceof InterruptionFrame && this.#turns.turnOpen) this.#interrupted = true;
      const order = carryOut(frame, this.#context);
      if (order?.forward !== false && !this.#turns.resolves(frame)) context.push(frame, direction);
      if (order?.run === true) this.#run();
    }
    this.#turns.hear(frame);
    this.#idle.hear(frame);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#turns.close();
    this.#mute.close();
    this.#idle.close();
  }

  #heard(frame: TranscriptionFrame): void {
    if (frame.text.trim() === "") return;
    this.#pending.push({ text: frame.text, verbatim: frame.includesInterFrameSpaces });
    if (this.#pending.length <= MAX_PENDING_PARTS) return;
    this.#pending.shift();
    this.logger.warn(`${this.name} forgets old transcripts: no turn has begun since. Check its start strategies.`);
  }

  /** Puts what was said into the context; false when nothing was. */
  #tell(): boolean {
    const content = joinText(this.#pending);
    this.#pending = [];
    if (content === "") return false;
    const message: LLMMessage = { role: "user", content };
    this.#context.add(message);
    this.#told.push({ text: content, verbatim: false });
    this.emit("messageAdded", message);
    return true;
  }

  #run(): void {
    this.push(new LLMContextFrame(this.#context));
  }

  /** A turn without words is over. Without this the bot would stay silent: nobody else asks it to go on. */
  #nothingSaid(): void {
    const interrupted = this.#interrupted;
    this.#interrupted = false;
    if (!interrupted) return;
    this.emit("falseInterruption");
    if (this.#falseInterruption === "resume") this.push(new BotResumeSpeakingFrame());
    else if (this.#falseInterruption === "answer") this.#run();
  }

  #turnIsOver(): void {
    const text = joinText(this.#told);
    this.#told = [];
    this.emit("userTurnStopped", text);
  }

  /** The last words belong in the context too, though nobody will answer them any more. */
  #finish(): void {
    const turnWasOpen = this.#turns.abandon();
    if (this.#tell() || turnWasOpen) this.#turnIsOver();
    this.#idle.close();
  }
}

function parseFalseInterruption(options: UserContextAggregatorOptions): "resume" | "answer" | "none" {
  const { falseInterruption = "resume", falseInterruptionTimeoutMs = 0 } = options;
  // From JavaScript anything may come.
  if (!["resume", "answer", "none"].includes(falseInterruption)) {
    throw new InvalidOptionError(
      "falseInterruption",
      `must be "resume", "answer" or "none"; got ${falseInterruption}.`,
    );
  }
  if (!Number.isFinite(falseInterruptionTimeoutMs) || falseInterruptionTimeoutMs < 0) {
    const problem = `must be 0 or more milliseconds; got ${falseInterruptionTimeoutMs}.`;
    throw new InvalidOptionError("falseInterruptionTimeoutMs", problem);
  }
  return falseInterruption;
}
