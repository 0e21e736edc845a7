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
import { applyToContext, requestsRun } from "./context-orders.ts";
import { joinText, type TextPart } from "./join-text.ts";

/** How many transcripts may wait for a turn. If no turn ever starts, the oldest are dropped. */
const MAX_PENDING_PARTS = 1000;

/** Options of a {@link UserContextAggregator}. */
export interface UserContextAggregatorOptions {
  /**
   * Strategies that start and end a turn. Default: voice activity or words start it, 600 ms of silence and a transcript
   * end it.
   */
  readonly turns?: UserTurnStrategies;
  /** Ends a turn when no strategy has decided for this long after speech, in milliseconds. Default 5000. */
  readonly turnStopTimeoutMs?: number;
  /**
   * What follows an interruption without words, such as a cough. "resume": the bot continues what was cut, after the
   * last word that was heard. "answer": the model answers the context as it is. "none": nothing. Default "resume".
   */
  readonly falseInterruption?: "resume" | "answer" | "none";
  /**
   * How long words may take to arrive after the sound before the interruption counts as one without words, in
   * milliseconds. At least the time that speech-to-text needs (STTMetadataFrame), at most `turnStopTimeoutMs`. Default
   * 2000.
   */
  readonly falseInterruptionTimeoutMs?: number;
  /** Strategies that decide when the user is muted. Default: never. */
  readonly mute?: readonly UserMuteStrategy[];
  /**
   * How long the user may be silent after the bot has spoken before `userIdle`, in milliseconds. 0 switches it off.
   * Default 0.
   */
  readonly idleTimeoutMs?: number;
}

// A type, not an interface: only a type alias has the index signature that the emitter requires.
/** Events of a {@link UserContextAggregator}. */
export type UserContextAggregatorEvents = {
  /** The user's turn has started. */
  userTurnStarted: [];
  /** The user's turn is over. `text` is all that was said in it; empty when nothing was understood. */
  userTurnStopped: [text: string];
  /** No strategy has ended the turn in time. `userTurnStopped` follows. */
  userTurnStopTimeout: [];
  /** A message of the user was added to the context. */
  messageAdded: [message: LLMMessage];
  /** The user is muted: the bot ignores what the user says. */
  userMuteStarted: [];
  /** The user is no longer muted. */
  userMuteStopped: [];
  /** The user interrupted the bot without words. The option `falseInterruption` decides what follows. */
  falseInterruption: [];
  /**
   * The user has not answered the bot. Emitted again only after the bot has spoken again or the user has had a turn
   * without words.
   */
  userIdle: [];
};

/**
 * Collects what the user says, decides turns, and at the end of each turn adds the words to the context and sends it to
 * the model. Put it between speech-to-text and the model. It consumes transcripts and the frames that change or run the
 * context, and forwards all other frames.
 */
export class UserContextAggregator extends FrameProcessor<UserContextAggregatorEvents> {
  readonly #context: LLMContext;
  readonly #turns: UserTurnController;
  readonly #mute: UserMuteController;
  readonly #idle: UserIdleController;
  readonly #falseInterruption: "resume" | "answer" | "none";
  /** Whether the bot was interrupted in this turn. */
  #interrupted = false;
  /** Number of answers requested ahead of time. Only the last of them may be open. */
  #speculations = 0;
  /** What was said and is not in the context yet. */
  #pending: TextPart[] = [];
  /** What was said in this turn and is in the context. */
  #committed: TextPart[] = [];

  readonly #hasAssistant: boolean;

  /**
   * @param wiring `hasAssistant`: whether an assistant aggregator of the same context is further downstream.
   * @throws InvalidOptionError for options that are out of range.
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
          if (this.#commit()) this.#run();
        },
        turnStopped: ({ announce }) => {
          if (announce) this.broadcast(() => new UserStoppedSpeakingFrame());
          const empty = this.#committed.length === 0;
          this.#idle.turnStopped({ answered: !empty });
          this.#reportTurn();
          if (empty) this.#handleEmptyTurn();
        },
        speculated: (text) => {
          this.#speculations++;
          const said = joinText([...this.#pending, { text, verbatim: false }]);
          this.push(new LLMContextFrame(this.#context, { speculation: { id: this.#speculations, text: said } }));
        },
        speculationWithdrawn: () => this.push(new EagerEndOfTurnCancelFrame(this.#speculations)),
        speculationConfirmed: () => {
          this.#commit();
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
    await this.#turns.prepare();
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (isLifecycleFrame(frame)) {
      if (!(frame instanceof StartFrame)) this.#finish();
      context.push(frame, direction);
      if (frame instanceof StartFrame) this.#mute.start(this.clock);
      return;
    }
    if (!this.#mute.observeAndAdmit(frame)) return;
    if (direction === "upstream" && this.#hasAssistant && requestsRun(frame)) {
      // Requested from within the answer: it is queued behind what was said before it, so that the model knows that.
      context.push(makeUninterruptible(frame.copy()));
      return;
    }
    if (frame instanceof TranscriptionFrame) {
      this.#collect(frame);
    } else if (frame instanceof BotResumeSpeakingFrame) {
      context.push(frame, "downstream");
    } else if (!(frame instanceof InterimTranscriptionFrame || frame instanceof TranslationFrame)) {
      if (frame instanceof InterruptionFrame && this.#turns.turnOpen) this.#interrupted = true;
      const order = applyToContext(frame, this.#context);
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

  #collect(frame: TranscriptionFrame): void {
    if (frame.text.trim() === "") return;
    this.#pending.push({ text: frame.text, verbatim: frame.includesInterFrameSpaces });
    if (this.#pending.length <= MAX_PENDING_PARTS) return;
    this.#pending.shift();
    this.logger.warn(`${this.name} drops old transcripts: no turn has started since. Check its start strategies.`);
  }

  /** Adds what was said to the context. Returns false if nothing was said. */
  #commit(): boolean {
    const content = joinText(this.#pending);
    this.#pending = [];
    if (content === "") return false;
    const message: LLMMessage = { role: "user", content };
    this.#context.add(message);
    this.#committed.push({ text: content, verbatim: false });
    this.emit("messageAdded", message);
    return true;
  }

  #run(): void {
    this.push(new LLMContextFrame(this.#context));
  }

  /** Handles the end of a turn without words. Otherwise the bot would stay silent: nothing else makes it continue. */
  #handleEmptyTurn(): void {
    const interrupted = this.#interrupted;
    this.#interrupted = false;
    if (!interrupted) return;
    this.emit("falseInterruption");
    if (this.#falseInterruption === "resume") this.push(new BotResumeSpeakingFrame());
    else if (this.#falseInterruption === "answer") this.#run();
  }

  #reportTurn(): void {
    const text = joinText(this.#committed);
    this.#committed = [];
    this.emit("userTurnStopped", text);
  }

  /** The last words belong in the context too, although they will not be answered. */
  #finish(): void {
    const turnWasOpen = this.#turns.abandon();
    if (this.#commit() || turnWasOpen) this.#reportTurn();
    this.#idle.close();
  }
}

function parseFalseInterruption(options: UserContextAggregatorOptions): "resume" | "answer" | "none" {
  const { falseInterruption = "resume", falseInterruptionTimeoutMs = 0 } = options;
  // JavaScript callers may pass anything.
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
