import { interactionMessage, type Interaction } from "../../api/events/index.ts";
import type { CostMeter, SpentBudget } from "../../api/cost/index.ts";
import type { ConversationJournal } from "../../api/journal/index.ts";
import { systemClock, type Clock, type TimerHandle } from "../../util/clock.ts";
import { deferred, withDeadline } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { toLogText } from "../../util/url-text.ts";
import type { DailyCall, DailyCallFactory, LeftReason, Participant } from "../daily/daily-call.ts";
import { DailyCallError } from "../daily/daily-errors.ts";
import { BudgetEnd, toEndReason } from "./cost/budget-end.ts";
import { toMeter } from "./cost/cost-options.ts";
import { AvatarLife, type AvatarChange } from "./avatar/avatar-life.ts";
import { toRoomEndReason, type AvatarState } from "./avatar/avatar-state.ts";
import { toCreationFailure, toShutdownReason } from "./avatar/avatar-failures.ts";
import { describeFailure } from "./avatar/failure-text.ts";
import type { ConversationApi } from "./conversation/conversation-api.ts";
import type { ConversationLease } from "../../api/conversations/conversation-lease.ts";
import { ConversationLife } from "./conversation/conversation-life.ts";
import { createOrJoinConversation, type CreatedOrJoined } from "./conversation/conversation-source.ts";
import { RoomSession } from "./room/room-session.ts";
import type { TavusClientEvents } from "./tavus-client-events.ts";
import type { ResolvedTavusOptions } from "./tavus-options.ts";
import { TransportClosedError } from "../room/transport-closed-error.ts";

/**
 * For leaving, closing and ending together: less than a task has for its cleanup, and less than Docker waits before it
 * kills.
 */
const CLOSE_TIMEOUT_MS = 8000;
/** For a conversation to be created or found, all attempts and look-ups together. */
const CONVERSATION_TIMEOUT_MS = 60_000;
/** For a setup that is still in progress when the last owner releases; what it opens later is closed all the same. */
const SETUP_END_TIMEOUT_MS = 15_000;

/** The processors that share a client. */
export type ClientOwner = "input" | "output";

/** Why a task is cancelled whose transport the application closes in mid-call. */
const CLOSED_IN_CALL = "the transport was closed by close()";

export interface TavusClientDependencies {
  readonly api: ConversationApi | undefined;
  readonly createCall: DailyCallFactory;
  readonly journal?: ConversationJournal | undefined;
  /** Until a pipeline brings its own. Default: the machine's, and the console. */
  readonly clock?: Clock | undefined;
  /** Default: `process.env`. */
  readonly env?: EnvironmentVariables | undefined;
  readonly logger?: Logger | undefined;
}

type State =
  | { readonly is: "idle" }
  /** The session exists once the conversation does. */
  | { readonly is: "opening"; readonly joined: Promise<void>; readonly session: RoomSession | undefined }
  | { readonly is: "joined"; readonly session: RoomSession }
  | { readonly is: "failed"; readonly error: Error; readonly closed: Promise<void> }
  | { readonly is: "closing"; readonly closed: Promise<void> };

/**
 * One conversation and one call, shared by the input and the output: the first owner opens them, and they are closed with
 * the release of the last. A failed opening rejects for every owner. A conversation that exists is ended in every case.
 */
export class TavusTransportClient {
  readonly options: ResolvedTavusOptions;
  readonly events: SafeEmitter<TavusClientEvents>;
  readonly #dependencies: TavusClientDependencies;
  readonly #conversation = new ConversationLife();
  readonly #owners = new Set<ClientOwner>();
  readonly #everOwned = new Set<ClientOwner>();
  /** Counts what the conversations cost. */
  readonly meter: CostMeter;
  readonly #avatar: AvatarLife;
  readonly #budgetEnd = new BudgetEnd();
  #palTimer: TimerHandle;
  #clock: Clock;
  #logger: Logger;
  #state: State = { is: "idle" };

  constructor(options: ResolvedTavusOptions, dependencies: TavusClientDependencies) {
    this.options = options;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    this.#logger = safeLogger(options.logger ?? dependencies.logger);
    this.events = new SafeEmitter<TavusClientEvents>((error, event) => this.listenerFailed(error, event));
    this.meter = toMeter(options.cost, dependencies.env ?? process.env, this.#clock, this.#logger);
    this.#avatar = new AvatarLife({ clock: this.#clock, onChange: (change) => this.#avatarChanged(change) });
    this.#watchPal();
  }

  /** The conversation, from its creation on. */
  get conversation(): ConversationLease | undefined {
    return this.#conversation.lease;
  }

  /** The clock of the pipeline, or the one for the time before it. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Where the life of the call is logged. */
  get logger(): Logger {
    return this.#logger;
  }

  /** How long opening may take: the conversation, then starting the runtime and joining. */
  get openTimeoutMs(): number {
    return CONVERSATION_TIMEOUT_MS + 2 * this.options.params.joinTimeoutMs;
  }

  /** What the avatar does for the bot. */
  get avatar(): AvatarState {
    return this.#avatar.state;
  }

  /** Audio is sent to the pal, and for too long nothing has been heard from it. Ignored unless it is the bot's voice. */
  palIsSilent(): void {
    this.#avatar.report({ type: "palSilent" });
  }

  /** A pal that was silent is heard again. */
  palIsHeard(): void {
    const { pal } = this;
    if (pal) this.#avatar.report({ type: "palHeard", sessionId: pal.sessionId });
  }

  get pal(): Participant | undefined {
    return this.#session?.pal;
  }

  /** The joined call. Throws a DailyCallError outside of one. */
  get call(): DailyCall {
    return this.#joined().call;
  }

  isClient(sessionId: string): boolean {
    return this.#session?.isClient(sessionId) ?? false;
  }

  holds(owner: ClientOwner): boolean {
    return this.#owners.has(owner);
  }

  /** Whether the pipeline has, or had, that end of the transport. */
  hasBeenOwnedBy(owner: ClientOwner): boolean {
    return this.#everOwned.has(owner);
  }

  /** Creates or finds the conversation ahead of any owner; once, for any number of callers. */
  async createConversation(): Promise<ConversationLease> {
    if (this.#state.is === "failed") throw this.#state.error;
    if (this.#state.is === "closing") throw new TransportClosedError();
    const { conversation } = await this.#openConversation();
    return conversation;
  }

  /** Opens conversation and call, or waits for an opening already in progress. Rejects for every owner alike. */
  async acquire(owner: ClientOwner, clock: Clock, logger: Logger): Promise<void> {
    this.#owners.add(owner);
    this.#everOwned.add(owner);
    if (this.#state.is === "idle") {
      this.#clock = clock;
      this.#logger = safeLogger(this.options.logger ?? logger);
      this.#avatar.useClock(clock);
      this.#state = { is: "opening", joined: this.#open(), session: undefined };
    }
    if (this.#state.is === "opening") await this.#state.joined;
    else if (this.#state.is === "failed") throw this.#state.error;
    else if (this.#state.is === "closing") throw new TransportClosedError();
  }

  /**
   * The owner no longer needs the client. The last release closes everything and resolves when that is done (bounded); it
   * never rejects. Repeating it is harmless.
   */
  async release(owner: ClientOwner): Promise<void> {
    const held = this.#owners.delete(owner);
    if (this.#owners.size > 0) return;
    // A conversation may have been created for a pipeline whose setup never reached this transport.
    if (held || this.#conversation.isOpen) this.#close("the pipeline released the transport");
    await this.#whenClosed();
  }

  /** Closes everything, also under its owners. Resolves when that is done (bounded); never rejects. Idempotent. */
  async close(): Promise<void> {
    await this.#closeUnderOwners("close() was called", CLOSED_IN_CALL);
  }

  /** From here on room events are passed on; those that came before are now. Idempotent. */
  begin(): void {
    this.#session?.begin();
    this.#awaitPal();
  }

  /** Resolves true once a pal is in the room, false when none joins in time or the call is over. */
  async whenPalPresent(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.pal || signal.aborted) return this.pal !== undefined;
    const clock = this.#clock;
    const present = deferred<boolean>();
    const onPal = (): void => present.resolve(true);
    const onOver = (): void => present.resolve(false);
    const timer = clock.setTimeout(onOver, timeoutMs);
    this.events.on("palJoined", onPal).on("lost", onOver).on("closing", onOver);
    signal.addEventListener("abort", onOver, { once: true });
    try {
      return await present.promise;
    } finally {
      clock.clearTimeout(timer);
      this.events.off("palJoined", onPal).off("lost", onOver).off("closing", onOver);
      signal.removeEventListener("abort", onOver);
    }
  }

  async sendAppMessage(message: unknown, to?: string): Promise<void> {
    await this.call.sendAppMessage(message, to);
  }

  /** Sends an interaction to the pal. Rejects with a DailyCallError outside of a call. */
  async send(interaction: Interaction): Promise<void> {
    const { call, conversationId } = this.#joined();
    await call.sendAppMessage(interactionMessage(conversationId, interaction));
  }

  /** Tells the pal to stop at once. Resolves when that was sent; a failure is an event. Undefined outside of a call. */
  interrupt(): Promise<void> | undefined {
    if (this.#state.is !== "joined") return undefined;
    const sent = (): void => {
      this.#logger.debug("Interruption sent.", { to: "everyone", pal: this.pal?.sessionId ?? "not in the room" });
    };
    return this.send({ type: "interrupt" }).then(sent, (thrown: unknown) => this.#report(asError(thrown)));
  }

  /** A mistake of the listener itself; nothing stops because of it. */
  listenerFailed(error: Error, event: string): void {
    this.#logger.error(`A listener of "${event}" threw.`, { error: toLogText(error) });
    if (event !== "error") this.events.emit("error", error);
  }

  get #session(): RoomSession | undefined {
    return this.#state.is === "opening" || this.#state.is === "joined" ? this.#state.session : undefined;
  }

  #joined(): { readonly call: DailyCall; readonly conversationId: string } {
    const call = this.#state.is === "joined" ? this.#state.session.call : undefined;
    if (!call) throw new DailyCallError("notJoined", "The transport is not in its room.");
    return { call, conversationId: this.conversation?.conversationId ?? "" };
  }

  async #open(): Promise<void> {
    try {
      const { conversation, palName } = await this.#openConversation();
      if (this.#state.is !== "opening") throw new TransportClosedError();
      const session = this.#createSession(conversation);
      this.#state = { ...this.#state, session };
      await session.join(palName);
      this.#state = { is: "joined", session };
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#state.is === "opening") {
        this.#logger.debug("The setup failed; closing.", { error: toLogText(error) });
        this.#state = { is: "failed", error, closed: this.#closeAll(this.#state.session) };
      }
      throw error;
    }
  }

  #openConversation(): Promise<CreatedOrJoined> {
    const { options } = this;
    const { api, journal } = this.#dependencies;
    const clock = this.#clock;
    const logger = this.#logger;
    const onEndFailed = (error: Error): void => this.events.emit("error", error);
    return this.#conversation.open(async () => {
      this.#avatar.report({ type: "opening" });
      try {
        return await createOrJoinConversation({
          ...{ options, api, journal, clock, logger, onEndFailed },
          meter: this.meter,
          onCostWarning: (warning) => this.events.emit("costWarning", warning),
          onBudgetSpent: (spent) => this.#budgetSpent(spent),
        });
      } catch (thrown) {
        const error = asError(thrown);
        this.#avatar.report({ type: "failed", reason: toCreationFailure(error), error });
        throw thrown;
      }
    });
  }

  #watchPal(): void {
    this.events
      .on("palJoined", ({ sessionId }) => this.#avatar.report({ type: "palJoined", sessionId }))
      // A session that loses the role to better evidence leaves it before the new one has it.
      .on("palLeft", () =>
        queueMicrotask(() => this.#avatar.report({ type: "palLeft", remaining: this.pal?.sessionId })),
      )
      .on("inCall", (event) => {
        if (event.type === "shutdown") this.#avatar.report({ type: "failed", reason: toShutdownReason(event.reason) });
      });
  }

  #awaitPal(): void {
    if (this.avatar.is !== "joining" || this.#palTimer !== undefined) return;
    const { palReadyTimeoutMs } = this.options.params;
    this.#palTimer = this.#clock.setTimeout(() => this.#avatar.report({ type: "palLate" }), palReadyTimeoutMs);
  }

  #avatarChanged({ state, before, lastedMs }: AvatarChange): void {
    this.#clock.clearTimeout(this.#palTimer);
    this.#palTimer = undefined;
    if (state.is === "absent" || state.is === "failed")
      this.#logger.warn(describeFailure(state, this.options.fallback.is), { reason: state.reason, after: before.is });
    this.events.emit("avatarState", state, before, lastedMs);
  }

  #lost(error: Error, reason: LeftReason | undefined): void {
    const why = reason && toRoomEndReason(reason);
    if (why) this.#avatar.report({ type: "failed", reason: why, error });
    this.events.emit("lost", error);
  }

  #createSession(lease: ConversationLease): RoomSession {
    return new RoomSession({
      options: this.options,
      lease,
      createCall: this.#dependencies.createCall,
      clock: this.#clock,
      logger: this.#logger,
      events: this.events,
      onLost: (error, reason) => this.#lost(error, reason),
      report: (error) => this.#report(error),
    });
  }

  async #closeUnderOwners(because: string, reason: string): Promise<void> {
    if (this.#state.is === "joined") this.events.emit("closedInCall", reason);
    this.#owners.clear();
    this.#close(because);
    await this.#whenClosed();
  }

  /** A call that is up may say goodbye. A conversation without one has nobody to say it to. */
  #budgetSpent(spent: SpentBudget): void {
    const reason = toEndReason(spent);
    const close = (): void => void this.#closeUnderOwners(reason, `${reason}, and the call did not end in time`);
    const { goodbyeTimeoutMs } = this.options.cost;
    if (!this.#budgetEnd.begin(this.#clock, goodbyeTimeoutMs, close)) return;
    this.events.emit("budgetSpent", spent);
    if (this.#state.is !== "joined") close();
  }

  #close(because: string): void {
    const state = this.#state;
    if (state.is === "closing" || state.is === "failed") return;
    if (this.#conversation.isOpen) this.#logger.debug("Closing the call.", { because });
    this.events.emit("closing");
    const opening = state.is === "opening" ? state.joined : this.#conversation.creating;
    const closing = this.#closeAll(this.#session);
    this.#state = { is: "closing", closed: opening ? this.#settle(opening, closing) : closing };
  }

  async #whenClosed(): Promise<void> {
    if (this.#state.is === "closing" || this.#state.is === "failed") await this.#state.closed;
  }

  /** An opening that is no longer wanted fails by itself; what it brings until then is closed. Bounded; never rejects. */
  async #settle(opening: Promise<unknown>, closing: Promise<void>): Promise<void> {
    const settled = Promise.allSettled([opening, closing]);
    try {
      await withDeadline(this.#clock, settled, SETUP_END_TIMEOUT_MS, "Ending the setup");
    } catch (thrown) {
      this.#report(asError(thrown));
    }
  }

  /** Leaves, closes and ends whatever there is by now, each once. Bounded; never rejects. */
  async #closeAll(session: RoomSession | undefined): Promise<void> {
    this.#avatar.close();
    this.#budgetEnd.close();
    this.#clock.clearTimeout(this.#palTimer);
    const startedMs = this.#clock.nowMs();
    const end = (): Promise<void> => this.#conversation.end(CLOSE_TIMEOUT_MS - (this.#clock.nowMs() - startedMs));
    await (session ? session.close(end) : end());
  }

  #report(error: Error): void {
    this.#logger.warn("The transport met an error.", { error: toLogText(error) });
    this.events.emit("error", error);
  }
}
