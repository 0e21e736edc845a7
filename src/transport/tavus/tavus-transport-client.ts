import { interactionMessage, type Interaction, type ShutdownEvent } from "../../api/events/index.ts";
import type { ConversationCost, CostMeter, SpentBudget } from "../../api/cost/index.ts";
import type { ConversationJournal } from "../../api/journal/index.ts";
import { systemClock, type Clock } from "../../util/clock.ts";
import { deferred, withDeadline } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { toLogText } from "../../util/url-text.ts";
import type { DailyCall, DailyCallFactory, LeftReason, Participant } from "../daily/daily-call.ts";
import { DailyCallError } from "../daily/daily-errors.ts";
import type { WarmRuntime } from "../daily/prewarm.ts";
import { TransportClosedError } from "../room/transport-closed-error.ts";
import { WarmUp } from "../room/warm-up.ts";
import { BudgetEnd, toEndReason } from "./cost/budget-end.ts";
import { toMeter } from "./cost/cost-options.ts";
import { toShutdownReason } from "./avatar/avatar-failures.ts";
import { AvatarMonitor } from "./avatar/avatar-monitor.ts";
import { toRoomEndReason, type AvatarState } from "./avatar/avatar-state.ts";
import { hasReachedLimit, isWantedEnd } from "./avatar/planned-end.ts";
import type { ConversationApi } from "./conversation/conversation-api.ts";
import { ConversationLife } from "./conversation/conversation-life.ts";
import type { CallPlace, OpenedPlace } from "./place/call-place.ts";
import { hasFallbackRoom, openFallbackRoom } from "./place/fallback-room.ts";
import { openPlace, toFallbackContext } from "./place/open-place.ts";
import { announceFallback, announceRoomChange } from "./place/room-announcement.ts";
import { RoomSession } from "./room/room-session.ts";
import type { TavusClientEvents, TavusConnection } from "./tavus-client-events.ts";
import type { ResolvedTavusOptions } from "./tavus-options.ts";

/**
 * For leaving, closing and ending together: less than a task has for its cleanup, and less than Docker waits before it
 * kills.
 */
const CLOSE_TIMEOUT_MS = 8000;
/** For a conversation to be created or found, all attempts and look-ups together. */
const CONVERSATION_TIMEOUT_MS = 60_000;
/** For a room of our own in place of the conversation. */
const FALLBACK_TIMEOUT_MS = 15_000;
/** For announcing to the users of a room that ends where the call continues. */
const ANNOUNCE_TIMEOUT_MS = 1000;
/** For a setup that is still in progress when the last owner releases; what it opens later is closed all the same. */
const SETUP_END_TIMEOUT_MS = 15_000;

/** The processors that share a client. */
export type ClientOwner = "input" | "output";

/** Why a task is cancelled whose transport the application closes in mid-call. */
const CLOSED_IN_CALL = "the transport was closed by close()";

export interface TavusClientDependencies {
  readonly api: ConversationApi | undefined;
  readonly createCall: DailyCallFactory;
  /** Starts the runtime of the call ahead. Default: it starts with the call. */
  readonly warmUp?: (() => Promise<WarmRuntime>) | undefined;
  readonly journal?: ConversationJournal | undefined;
  /** Until a pipeline brings its own. Default: the machine's, and the console. */
  readonly clock?: Clock | undefined;
  /** Default: `process.env`. */
  readonly env?: EnvironmentVariables | undefined;
  readonly logger?: Logger | undefined;
}

/** From one room to another. */
interface Moving {
  readonly is: "moving";
  readonly moved: Promise<void>;
  /** The place that is being opened. */
  readonly next: ConversationLife;
  /** The room that is left; undefined once it is. */
  readonly from: RoomSession | undefined;
  /** The room that is joined; undefined until the place is open. */
  readonly session: RoomSession | undefined;
}

type State =
  | { readonly is: "idle" }
  /** The session exists once the conversation does. */
  | { readonly is: "opening"; readonly joined: Promise<void>; readonly session: RoomSession | undefined }
  | { readonly is: "joined"; readonly session: RoomSession }
  | Moving
  | { readonly is: "failed"; readonly error: Error; readonly closed: Promise<void> }
  | { readonly is: "closing"; readonly closed: Promise<void> };

/**
 * One call, shared by the input and the output: the first owner opens it, and it is closed with the release of the last. It
 * is held in the room of a conversation and, when that fails, in a room of our own, if the options give one. A failed
 * opening rejects for every owner. A conversation that exists is ended in every case, and so is a room that was made.
 */
export class TavusTransportClient {
  readonly options: ResolvedTavusOptions;
  readonly events: SafeEmitter<TavusClientEvents>;
  readonly #dependencies: TavusClientDependencies;
  readonly #owners = new Set<ClientOwner>();
  readonly #everOwned = new Set<ClientOwner>();
  /** Counts what the conversations cost. */
  readonly meter: CostMeter;
  readonly #avatar: AvatarMonitor;
  readonly #budgetEnd = new BudgetEnd();
  /** Rooms that are being left for another one. */
  readonly #leaving = new Set<Promise<void>>();
  /** The place of the call: a conversation, or a room of our own. */
  #place = new ConversationLife();
  /** The runtime of the call, before the call holds it. */
  readonly #warmUp: WarmUp;
  /** The fallback room of a call that is in the room of a conversation: open once a user has to know it. */
  #standby = new ConversationLife();
  /** The latest conversation, also when the call has moved on. */
  #latest: CallPlace | undefined;
  /** When the place was open, in milliseconds since 1970. */
  #placeSinceMs = 0;
  /** Somebody ended the conversation on purpose, or it has reached its own limit. */
  #isWantedEnd = false;
  /** Whether the pipeline receives events. */
  #hasBegun = false;
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
    this.#warmUp = new WarmUp(dependencies.warmUp, () => this.#logger);
    const { events } = this;
    this.#avatar = new AvatarMonitor({
      ...{ options, events, clock: this.#clock, logger: this.#logger },
      pal: () => this.pal,
    });
    events
      .on("inCall", (event) => {
        if (event.type === "shutdown") this.#shutDown(event);
      })
      .on("clientConnected", ({ sessionId }) => {
        if (this.#state.is === "joined" && this.#canFallBackFrom(this.#state.session.place))
          void this.#tellFallback(this.#state.session, sessionId);
      });
  }

  /** The conversation, or the room of our own, from its creation on. */
  get conversation(): CallPlace | undefined {
    return this.#place.lease;
  }

  /** What the latest conversation has cost so far. */
  get cost(): ConversationCost | undefined {
    return this.#latest?.cost;
  }

  /** What the avatar does for the bot. */
  get avatar(): AvatarState {
    return this.#avatar.state;
  }

  /** The clock of the pipeline, or the one for the time before it. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Where the life of the call is logged. */
  get logger(): Logger {
    return this.#logger;
  }

  /** How long opening may take: the conversation or a fallback room, then starting the runtime and joining, perhaps twice. */
  get openTimeoutMs(): number {
    const { fallback, params } = this.options;
    const openMs = CONVERSATION_TIMEOUT_MS + 2 * params.joinTimeoutMs;
    return hasFallbackRoom(fallback) ? openMs + FALLBACK_TIMEOUT_MS + 2 * params.joinTimeoutMs : openMs;
  }

  get pal(): Participant | undefined {
    return this.#session?.pal;
  }

  /** The joined call. Throws a DailyCallError outside of one, and between two rooms. */
  get call(): DailyCall {
    return this.#joined().call;
  }

  /** The same; undefined outside of a call, and between two rooms. */
  get callIfJoined(): DailyCall | undefined {
    return this.#state.is === "joined" || this.#state.is === "moving" ? this.#session?.call : undefined;
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

  /** Audio is sent to the pal, and for too long nothing has been heard from it. Ignored unless it is the bot's voice. */
  palIsSilent(): void {
    this.#avatar.silent();
  }

  /** A pal that was silent is heard again. */
  palIsHeard(): void {
    this.#avatar.heard();
  }

  /** Creates or finds the place of the call ahead of any owner; once, for any number of callers. */
  async createConversation(): Promise<CallPlace> {
    if (this.#state.is === "failed") throw this.#state.error;
    if (this.#state.is === "closing") throw new TransportClosedError();
    const { place } = await this.#openPlace();
    return place;
  }

  /** Opens conversation and call, or waits for an opening already in progress. Rejects for every owner alike. */
  async acquire(owner: ClientOwner, clock: Clock, logger: Logger): Promise<void> {
    this.#owners.add(owner);
    this.#everOwned.add(owner);
    if (this.#state.is === "idle") {
      this.#clock = clock;
      this.#logger = safeLogger(this.options.logger ?? logger);
      this.#avatar.use(this.#clock, this.#logger);
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
    if (held || this.#place.isOpen) this.#close("the pipeline released the transport");
    await this.#whenClosed();
  }

  /** Closes everything, also under its owners. Resolves when that is done (bounded); never rejects. Idempotent. */
  async close(): Promise<void> {
    await this.#closeUnderOwners("close() was called", CLOSED_IN_CALL);
  }

  /** From here on room events are passed on; those that came before are now. Idempotent. */
  begin(): void {
    this.#hasBegun = true;
    this.#session?.begin();
    this.#avatar.awaitPal();
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

  /** Sends an interaction to the pal. Rejects with a DailyCallError outside of a call, and in a room without a pal. */
  async send(interaction: Interaction): Promise<void> {
    const { call, place } = this.#joined();
    if (place.isFallback) throw new DailyCallError("unknownParticipant", "There is no pal in the fallback room.");
    await call.sendAppMessage(interactionMessage(place.conversationId, interaction));
  }

  /**
   * Tells the pal to stop at once. Resolves when that was sent; a failure is an event. Undefined outside of a call, and in a
   * room without a pal.
   */
  interrupt(): Promise<void> | undefined {
    if (this.#state.is !== "joined" || this.#state.session.place.isFallback) return undefined;
    const sent = (): void => {
      this.#logger.debug("Interruption sent.", { to: "everyone", pal: this.pal?.sessionId ?? "not in the room" });
    };
    return this.send({ type: "interrupt" }).then(sent, (thrown: unknown) => {
      // The call was over before daily-js got the message. Nobody speaks in it, and its end is reported by itself.
      if (thrown instanceof DailyCallError && thrown.code === "notJoined") return;
      this.#report(asError(thrown));
    });
  }

  /** A mistake of the listener itself; nothing stops because of it. */
  listenerFailed(error: Error, event: string): void {
    this.#logger.error(`A listener of "${event}" threw.`, { error: toLogText(error) });
    if (event !== "error") this.events.emit("error", error);
  }

  get #session(): RoomSession | undefined {
    switch (this.#state.is) {
      case "opening":
      case "joined":
        return this.#state.session;
      case "moving":
        return this.#state.from ?? this.#state.session;
      default:
        return undefined;
    }
  }

  #joined(): { readonly call: DailyCall; readonly place: CallPlace } {
    const session = this.#state.is === "joined" || this.#state.is === "moving" ? this.#session : undefined;
    if (!session?.call) throw new DailyCallError("notJoined", "The transport is not in its room.");
    return { call: session.call, place: session.place };
  }

  async #open(): Promise<void> {
    try {
      const opened = await this.#openPlace();
      const session = await this.#joinWhileOpening(opened);
      this.#state = { is: "joined", session };
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#state.is === "opening") {
        this.#logger.debug("The setup failed; closing.", { error: toLogText(error) });
        this.#state = {
          is: "failed",
          error,
          closed: this.#closeAll([this.#state.session], [this.#place, this.#standby]),
        };
      }
      throw error;
    } finally {
      this.#warmUp.end();
    }
  }

  /** Joins the room of the conversation or, where it cannot be joined, the fallback room. */
  async #joinWhileOpening({ place, palName }: OpenedPlace): Promise<RoomSession> {
    try {
      return await this.#joinAs("opening", place, palName);
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#state.is !== "opening" || !this.#canFallBackFrom(place)) throw error;
      this.#avatar.failed("joinFailed", error);
      const { session } = this.#state;
      const next = this.#standby;
      this.#standby = new ConversationLife();
      if (session) this.#leave(session, this.#place);
      this.#place = next;
      const fallback = await this.#openFallback(next);
      return await this.#joinAs("opening", fallback.place, fallback.palName);
    }
  }

  async #joinAs(
    is: "opening" | "moving",
    place: CallPlace,
    palName: Promise<string | undefined>,
  ): Promise<RoomSession> {
    if (this.#state.is !== is) throw new TransportClosedError();
    const session = this.#createSession(place, is === "moving");
    this.#state = { ...this.#state, session };
    await session.join(palName);
    if (this.#state.is !== is) throw new TransportClosedError();
    return session;
  }

  #openPlace(): Promise<OpenedPlace> {
    const place = this.#place;
    const { api, journal } = this.#dependencies;
    this.#warmUp.begin();
    return place.open(async () => {
      const opened = await openPlace({
        ...{ api, journal, options: this.options, avatar: this.#avatar, clock: this.#clock, logger: this.#logger },
        onEndFailed: (error) => this.events.emit("error", error),
        meter: this.meter,
        onCostWarning: (warning) => this.events.emit("costWarning", warning),
        onBudgetSpent: (spent) => this.#budgetSpent(spent),
        isWanted: () => place.isOpen,
      });
      this.#placeSinceMs = this.#clock.wallMs();
      this.#latest = opened.place;
      return opened;
    });
  }

  #openFallback(place: ConversationLife): Promise<OpenedPlace> {
    const context = toFallbackContext({ options: this.options, clock: this.#clock, logger: this.#logger });
    // It may be needed at the conversation's end only, and then for as long again.
    return place.open(() => openFallbackRoom({ ...context, lifetimeS: 2 * context.lifetimeS }));
  }

  /**
   * Tells a user where the call goes on if this room ends: most ends are not announced, and then it is too late. Never
   * rejects.
   */
  async #tellFallback(session: RoomSession, sessionId: string): Promise<void> {
    try {
      const { place } = await this.#openFallback(this.#standby);
      if (session.isClient(sessionId)) await session.call?.sendAppMessage(announceFallback(place), sessionId);
    } catch (thrown) {
      if (!this.#isInCall) return;
      this.#logger.warn("A user does not know the fallback room.", { sessionId, error: toLogText(thrown) });
    }
  }

  #canFallBackFrom(place: CallPlace): boolean {
    return !place.isFallback && hasFallbackRoom(this.options.fallback);
  }

  #createSession(place: CallPlace, isMove: boolean): RoomSession {
    const session: RoomSession = new RoomSession({
      options: this.options,
      place,
      createCall: this.#dependencies.createCall,
      clock: this.#clock,
      logger: this.#logger,
      events: this.events,
      onBegin: (connection) => this.#begun(connection, place, isMove),
      onLost: (error, reason) => this.#lost(session, error, reason),
      report: (error) => this.#report(error),
    });
    return session;
  }

  #begun(connection: TavusConnection, { meetingToken, isFallback = false }: CallPlace, isMove: boolean): void {
    if (isMove) this.events.emit("roomChanged", { ...connection, meetingToken, isFallback });
    else this.events.emit("connected", connection);
  }

  /** Tavus announces the end of the conversation: the room will be gone in a moment. */
  #shutDown({ reason }: ShutdownEvent): void {
    if (isWantedEnd(reason)) this.#isWantedEnd = true;
    this.#avatar.failed(toShutdownReason(reason));
    if (this.#state.is === "joined" && this.#mustMove(this.#state.session)) this.#move(this.#state.session);
  }

  /** A session's call is over, and not because this side ended it. */
  #lost(session: RoomSession, error: Error, reason: LeftReason | undefined): void {
    const why = reason && toRoomEndReason(reason);
    if (why) this.#avatar.failed(why, error);
    if (this.#state.is === "moving") {
      // The room that is left may end by itself; the room that was to be joined may not.
      if (session !== this.#state.from) this.events.emit("lost", error);
    } else if (why && this.#mustMove(session)) {
      this.#move(session);
    } else {
      this.events.emit("lost", error);
    }
  }

  /** Whether the call goes on elsewhere when this session's room ends: it was a conversation's, and nobody wanted its end. */
  #mustMove({ place }: RoomSession): boolean {
    const { joins, roomUrl, conversation } = this.options;
    const isCreated = joins === undefined && roomUrl === undefined;
    const lastedMs = this.#clock.wallMs() - this.#placeSinceMs;
    const isOver = hasReachedLimit(lastedMs, isCreated ? conversation.maxCallDurationS : undefined);
    return this.#canFallBackFrom(place) && !this.#isWantedEnd && !isOver;
  }

  #move(from: RoomSession): void {
    const next = this.#standby;
    this.#standby = new ConversationLife();
    const moved = Promise.resolve().then(() => this.#goToFallback(next));
    this.#state = { is: "moving", moved, next, from, session: undefined };
  }

  /** Never rejects. */
  async #goToFallback(next: ConversationLife): Promise<void> {
    try {
      const { place, palName } = await this.#openFallback(next);
      await this.#announce(place);
      if (this.#state.is !== "moving" || !this.#state.from) throw new TransportClosedError();
      const { from } = this.#state;
      this.#state = { ...this.#state, from: undefined };
      this.events.emit("roomLeft");
      this.#leave(from, this.#place);
      this.#place = next;
      const session = await this.#joinAs("moving", place, palName);
      this.#state = { is: "joined", session };
      if (this.#hasBegun) session.begin();
    } catch (thrown) {
      if (this.#state.is === "moving") this.events.emit("lost", asError(thrown));
    }
  }

  /** Tells the users who can still be reached where the call goes on. Bounded, never rejects. */
  async #announce(place: CallPlace): Promise<void> {
    const from = this.#state.is === "moving" ? this.#state.from : undefined;
    const call = from?.call;
    if (call?.state !== "joined") return;
    const message = announceRoomChange(place, this.avatar);
    const sent = Promise.allSettled((from?.clients ?? []).map((sessionId) => call.sendAppMessage(message, sessionId)));
    try {
      await withDeadline(this.#clock, sent, ANNOUNCE_TIMEOUT_MS, "Telling the users where the call goes on");
    } catch (thrown) {
      this.#logger.warn("Not all users may know where the call goes on.", { error: toLogText(thrown) });
    }
  }

  /** Leaves a room for another one, and ends what it was for. */
  #leave(session: RoomSession, place: ConversationLife): void {
    const left = this.#closeAll([session], [place]).finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  async #closeUnderOwners(because: string, reason: string): Promise<void> {
    if (this.#isInCall) this.events.emit("closedInCall", reason);
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
    if (!this.#isInCall) close();
  }

  get #isInCall(): boolean {
    return this.#state.is === "joined" || this.#state.is === "moving";
  }

  #close(because: string): void {
    const state = this.#state;
    if (state.is === "closing" || state.is === "failed") return;
    if (this.#place.isOpen) this.#logger.debug("Closing the call.", { because });
    this.events.emit("closing");
    this.#avatar.close();
    this.#budgetEnd.close();
    this.#warmUp.end();
    const closing = this.#closeAll(
      state.is === "moving" ? [state.from, state.session] : [this.#session],
      state.is === "moving" ? [this.#place, this.#standby, state.next] : [this.#place, this.#standby],
    );
    const opening = this.#findOpening(state);
    this.#state = { is: "closing", closed: opening ? this.#settle(opening, closing) : closing };
  }

  #findOpening(state: State): Promise<unknown> | undefined {
    if (state.is === "opening") return state.joined;
    return state.is === "moving" ? state.moved : this.#place.creating;
  }

  async #whenClosed(): Promise<void> {
    if (this.#state.is !== "closing" && this.#state.is !== "failed") return;
    await this.#state.closed;
    await Promise.all(this.#leaving);
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
  async #closeAll(sessions: readonly (RoomSession | undefined)[], places: readonly ConversationLife[]): Promise<void> {
    const startedMs = this.#clock.nowMs();
    const end = async (): Promise<void> => {
      const leftMs = CLOSE_TIMEOUT_MS - (this.#clock.nowMs() - startedMs);
      await Promise.all(places.map((place) => place.end(leftMs)));
    };
    const [first, ...others] = sessions.filter((session) => session !== undefined);
    const nothing = (): Promise<void> => Promise.resolve();
    await Promise.all([first ? first.close(end) : end(), ...others.map((session) => session.close(nothing))]);
  }

  #report(error: Error): void {
    this.#logger.warn("The transport met an error.", { error: toLogText(error) });
    this.events.emit("error", error);
  }
}
