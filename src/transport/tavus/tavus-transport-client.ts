import {
  interactionMessage,
  type InCallEvent,
  type Interaction,
  type StartedSpeakingEvent,
  type StoppedSpeakingEvent,
} from "../../api/events/index.ts";
import type { ConversationJournal } from "../../api/journal/index.ts";
import { systemClock, type Clock } from "../../util/clock.ts";
import { deferred, withDeadline } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError, TavusTransportError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { DailyCallError } from "../daily/daily-errors.ts";
import type { DailyCall, DailyCallFactory, Participant } from "../daily/daily-call.ts";
import type { ConversationApi } from "./conversation/conversation-api.ts";
import {
  DEV_CONVERSATION_ID,
  createOrJoinConversation,
  type CreatedOrJoined,
} from "./conversation/conversation-source.ts";
import { endedCallError } from "./conversation/ended-call.ts";
import type { ConversationLease } from "./conversation/conversation-lease.ts";
import { PalIdentity } from "./pal-identity.ts";
import { InCallEventReader } from "./events/interaction-reader.ts";
import type { ResolvedTavusOptions } from "./tavus-options.ts";

/** For leaving, closing and ending in all: less than a task has for its cleanup, and than Docker waits before it kills. */
const LET_GO_TIMEOUT_MS = 8000;
/** Out of those, so that enough is left for the end. */
const LEAVE_TIMEOUT_MS = 2000;
const CLOSE_TIMEOUT_MS = 5000;
/** For a conversation to be created or found, all attempts and look-ups together. */
const CONVERSATION_TIMEOUT_MS = 60_000;
/** For a setup that is still under way when the last owner goes; what it brings later is let go of all the same. */
const SETUP_END_TIMEOUT_MS = 15_000;
/** Room events between the join and the StartFrame; far more than a room of people causes in that time. */
const MAX_BACKLOG = 1000;

/** The processors that share a client. */
export type ClientOwner = "input" | "output";

export interface TavusConnection {
  /** Our own session in the room. */
  readonly sessionId: string;
  readonly conversationId: string;
  /** For users to join; without a token. */
  readonly conversationUrl: string;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type TavusClientEvents = {
  connected: [connection: TavusConnection];
  palJoined: [participant: Participant];
  palLeft: [participant: Participant];
  clientConnected: [participant: Participant];
  clientDisconnected: [participant: Participant];
  appMessage: [message: unknown, fromSessionId: string];
  /** What the pal tells; each thing once, whatever number of events says so, and in its order. */
  inCall: [event: InCallEvent];
  /** Those of them that say that the pal itself started or stopped to speak. */
  palSpeaking: [event: StartedSpeakingEvent | StoppedSpeakingEvent];
  /** The call is over and nobody here wanted that. */
  lost: [error: Error];
  /** Something failed; the call goes on, or is being closed anyway. */
  error: [error: Error];
  /** The application closes a call that is up; owners have yet to hear of it. */
  closedInCall: [];
  /** Leaving and ending have begun. */
  closing: [];
};

/** Why a task is cancelled whose transport the application closes in mid-call. */
export const CLOSED_IN_CALL = "the transport was closed by close()";

/** The transport was let go of while something still wanted it. */
export class TransportClosedError extends TavusTransportError {
  readonly code = "closed";

  constructor() {
    super("The transport was closed while it was being set up; make a new one to start again.");
  }
}

/** Everything of a call that is up. */
interface Joined {
  readonly call: DailyCall;
  readonly conversation: ConversationLease;
  readonly sessionId: string;
}

type State =
  | { readonly is: "idle" }
  | { readonly is: "opening"; readonly joined: Promise<Joined> }
  | { readonly is: "joined"; readonly joined: Joined }
  | { readonly is: "failed"; readonly error: Error; readonly closed: Promise<void> }
  | { readonly is: "closing"; readonly closed: Promise<void> };

export interface TavusClientDependencies {
  readonly api: ConversationApi | undefined;
  readonly createCall: DailyCallFactory;
  readonly journal?: ConversationJournal | undefined;
  /** For what happens before a pipeline brings its own. Default: the machine's, and the console. */
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * One conversation and one call, shared by the input and the output: the first owner opens them, the last one to let go
 * closes them. A failed opening is told to every owner. A conversation that came to exist is ended in every case.
 */
export class TavusTransportClient {
  readonly options: ResolvedTavusOptions;
  readonly events: SafeEmitter<TavusClientEvents>;
  readonly #dependencies: TavusClientDependencies;
  readonly #owners = new Set<ClientOwner>();
  readonly #everOwned = new Set<ClientOwner>();
  #state: State = { is: "idle" };
  #clock: Clock | undefined;
  #logger: Logger | undefined;
  #identity: PalIdentity | undefined;
  #roomEvents: InCallEventReader | undefined;
  #opening: Promise<CreatedOrJoined> | undefined;
  #conversation: ConversationLease | undefined;
  #call: DailyCall | undefined;
  /** Room events that came before anyone could handle them; undefined once someone can. */
  #backlog: (() => void)[] | undefined = [];
  #warnedOfBacklog = false;

  constructor(options: ResolvedTavusOptions, dependencies: TavusClientDependencies) {
    this.options = options;
    this.#dependencies = dependencies;
    this.events = new SafeEmitter<TavusClientEvents>((error, event) => this.listenerFailed(error, event));
  }

  /** The conversation, from its creation on. */
  get conversation(): ConversationLease | undefined {
    return this.#conversation;
  }

  /** The clock of the pipeline, or the one for the time before it. */
  get clock(): Clock {
    return this.#clock ?? this.#dependencies.clock ?? systemClock;
  }

  /** How long opening may take: the conversation, then starting the runtime and joining. */
  get openTimeoutMs(): number {
    return CONVERSATION_TIMEOUT_MS + 2 * this.options.params.joinTimeoutMs;
  }

  /** Creates or finds the conversation, ahead of any owner; once, whoever asks and how often. */
  async createConversation(): Promise<ConversationLease> {
    if (this.#state.is === "failed") throw this.#state.error;
    if (this.#state.is === "closing") throw new TransportClosedError();
    this.#clock ??= this.clock;
    this.#logger ??= safeLogger(this.#dependencies.logger);
    const { conversation } = await this.#openConversation(this.#clock, this.#logger);
    return conversation;
  }

  /** Lets go of everything, whoever still has it. Resolves when that is done (bounded); never rejects. Idempotent. */
  async close(): Promise<void> {
    if (this.#state.is === "joined") this.events.emit("closedInCall");
    this.#owners.clear();
    this.#close();
    if (this.#state.is === "closing" || this.#state.is === "failed") await this.#state.closed;
  }

  holds(owner: ClientOwner): boolean {
    return this.#owners.has(owner);
  }

  /** Whether the pipeline has, or had, that end of the transport. */
  hasBeenOwnedBy(owner: ClientOwner): boolean {
    return this.#everOwned.has(owner);
  }

  get pal(): Participant | undefined {
    return this.#identity?.pal;
  }

  isClient(sessionId: string): boolean {
    return this.#identity?.isClient(sessionId) ?? false;
  }

  /** The joined call. Throws a DailyCallError outside of one. */
  get call(): DailyCall {
    if (this.#state.is !== "joined") throw new DailyCallError("notJoined", "The transport is not in its room.");
    return this.#state.joined.call;
  }

  /** Opens conversation and call, or waits for who is at it. Rejects for every owner alike. */
  async acquire(owner: ClientOwner, clock: Clock, logger: Logger): Promise<void> {
    this.#owners.add(owner);
    this.#everOwned.add(owner);
    if (this.#state.is === "idle") {
      this.#clock = clock;
      this.#logger = safeLogger(logger);
      this.#state = { is: "opening", joined: this.#open(clock, this.#logger) };
    }
    if (this.#state.is === "opening") await this.#state.joined;
    else if (this.#state.is === "failed") throw this.#state.error;
    else if (this.#state.is === "closing") throw new TransportClosedError();
  }

  /**
   * The owner needs it no more. The last one closes everything. Resolves when that is done (bounded); never rejects.
   * Harmless when repeated.
   */
  async release(owner: ClientOwner): Promise<void> {
    const held = this.#owners.delete(owner);
    // A conversation may have been created for a pipeline whose set-up never came to this transport.
    if ((held || this.#opening) && this.#owners.size === 0) this.#close();
    if (this.#owners.size === 0 && (this.#state.is === "closing" || this.#state.is === "failed"))
      await this.#state.closed;
  }

  /** From here on room events are passed on; those that came before are now. Idempotent. */
  begin(): void {
    const backlog = this.#backlog;
    this.#backlog = undefined;
    for (const happen of backlog ?? []) happen();
  }

  /** Resolves true once a pal is in the room, false when it does not come in time or the call is over. */
  async whenPalPresent(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.pal || signal.aborted || !this.#clock) return this.pal !== undefined;
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

  /** Tells the pal. Rejects with a DailyCallError outside of a call. */
  async send(interaction: Interaction): Promise<void> {
    const { call } = this;
    await call.sendAppMessage(interactionMessage(this.#conversation?.conversationId ?? "", interaction));
  }

  /** Tells the pal to stop at once. Resolves when that was sent; a failure is an event. Undefined outside of a call. */
  interrupt(): Promise<void> | undefined {
    if (this.#state.is !== "joined") return undefined;
    return this.send({ type: "interrupt" }).catch((thrown: unknown) => {
      this.#report(asError(thrown));
    });
  }

  /** A listener's own mistake: it stops nothing else. */
  listenerFailed(error: Error, event: string): void {
    this.#logger?.error(`A listener of "${event}" threw.`, { error: error.message });
    if (event !== "error") this.events.emit("error", error);
  }

  async #open(clock: Clock, logger: Logger): Promise<Joined> {
    try {
      const { conversation, palName: lookUp } = await this.#openConversation(clock, logger);
      this.#stillWanted();
      const identity = new PalIdentity(clock, this.options.params.palDecisionMs, {
        palJoined: (participant) => this.events.emit("palJoined", participant),
        palLeft: (participant) => this.events.emit("palLeft", participant),
        clientConnected: (participant) => this.events.emit("clientConnected", participant),
        clientDisconnected: (participant) => this.events.emit("clientDisconnected", participant),
      });
      this.#identity = identity;
      const [palName, call] = await Promise.all([
        lookUp,
        this.#createCall(clock, logger, conversation.conversationUrl),
      ]);
      identity.setPalName(palName);
      const isNamed = conversation.conversationId !== DEV_CONVERSATION_ID;
      const conversationId = isNamed ? conversation.conversationId : undefined;
      const onEvent = (event: InCallEvent): void => this.#tell(event);
      this.#roomEvents = new InCallEventReader({ clock, logger, identity, conversationId, onEvent });
      this.#listen(call, identity, this.#roomEvents);
      const joined = { call, conversation, sessionId: await this.#join(clock, call, conversation) };
      this.#stillWanted();
      this.#state = { is: "joined", joined };
      return joined;
    } catch (thrown) {
      const error = asError(thrown);
      const closed = this.#letGo();
      if (this.#state.is === "opening") this.#state = { is: "failed", error, closed };
      throw error;
    }
  }

  #openConversation(clock: Clock, logger: Logger): Promise<CreatedOrJoined> {
    this.#opening ??= this.#openOnce(clock, logger).catch((thrown: unknown) => {
      // Nothing came of it, so it may be asked for again.
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #openOnce(clock: Clock, logger: Logger): Promise<CreatedOrJoined> {
    const { api, journal } = this.#dependencies;
    const onEndFailed = (error: Error): void => this.events.emit("error", error);
    const opened = await createOrJoinConversation({ options: this.options, api, journal, clock, logger, onEndFailed });
    this.#conversation = opened.conversation;
    // Who closes lets go of what came too late.
    this.#stillWanted();
    return opened;
  }

  async #createCall(clock: Clock, logger: Logger, url: string): Promise<DailyCall> {
    const { joinTimeoutMs } = this.options.params;
    const creating = this.#dependencies.createCall({
      url,
      joinTimeoutMs,
      leaveTimeoutMs: LEAVE_TIMEOUT_MS,
      clock,
      logger,
    });
    let inTime = true;
    // A call that comes too late is closed, not leaked.
    const closeLate = async (): Promise<void> => {
      const call = await creating;
      if (!inTime || this.#state.is === "closing") await call.close();
    };
    try {
      const call = await withDeadline(clock, creating, joinTimeoutMs, "Starting the call's runtime");
      this.#stillWanted();
      this.#call = call;
      return call;
    } catch (thrown) {
      inTime = false;
      closeLate().catch((error: unknown) => this.#report(asError(error)));
      throw thrown;
    }
  }

  async #join(clock: Clock, call: DailyCall, conversation: ConversationLease): Promise<string> {
    const joining = call.join({
      url: conversation.conversationUrl,
      userName: this.options.botName,
      subscribeAutomatically: false,
      ...(conversation.meetingToken === undefined ? {} : { token: conversation.meetingToken }),
    });
    const { sessionId } = await withDeadline(clock, joining, this.options.params.joinTimeoutMs, "Joining the room");
    const { conversationId, conversationUrl } = conversation;
    this.#backlog?.unshift(() => this.events.emit("connected", { sessionId, conversationId, conversationUrl }));
    return sessionId;
  }

  #listen(call: DailyCall, identity: PalIdentity, roomEvents: InCallEventReader): void {
    const pass = (happen: () => void): void => {
      if (this.#state.is === "closing" || this.#state.is === "failed") return;
      if (!this.#backlog) {
        happen();
      } else if (this.#backlog.length < MAX_BACKLOG) {
        this.#backlog.push(happen);
      } else if (!this.#warnedOfBacklog) {
        this.#warnedOfBacklog = true;
        this.#logger?.warn("Too much happens in the room before the pipeline has started; events are lost.");
      }
    };
    call
      .on("participantJoined", (participant) => pass(() => identity.joined(participant)))
      .on("participantUpdated", (participant) => pass(() => identity.updated(participant)))
      .on("participantLeft", ({ sessionId }) =>
        pass(() => {
          roomEvents.left(sessionId);
          identity.left(sessionId);
        }),
      )
      .on("appMessage", (message, from) =>
        pass(() => {
          roomEvents.received(message, from);
          this.events.emit("appMessage", message, from);
        }),
      )
      .on("left", (reason, message) => pass(() => this.events.emit("lost", endedCallError(reason, message))))
      .on("error", (error) => pass(() => this.events.emit("lost", error)))
      .on("warning", (message) => this.#logger?.warn(`The call: ${message}`));
  }

  #tell(event: InCallEvent): void {
    if ((event.type === "startedSpeaking" || event.type === "stoppedSpeaking") && event.role === "pal")
      this.events.emit("palSpeaking", event);

    this.events.emit("inCall", event);
  }

  #stillWanted(): void {
    if (this.#state.is === "closing") throw new TransportClosedError();
  }

  #close(): void {
    if (this.#state.is === "closing" || this.#state.is === "failed") return;
    const opening = this.#state.is === "opening" ? this.#state.joined : this.#opening;
    this.events.emit("closing");
    // The opening may hang; what it has brought so far need not wait for it.
    const closed = Promise.all([this.#letGo(), opening && this.#settled(opening)]).then(() => undefined);
    this.#state = { is: "closing", closed };
  }

  /** An opening that is no longer wanted fails by itself and lets go of what it got last. */
  async #settled(opening: Promise<unknown>): Promise<void> {
    const clock = this.#clock;
    if (!clock) return;
    const quiet = opening.then(
      () => undefined,
      () => this.#letGo(),
    );
    await withDeadline(clock, quiet, SETUP_END_TIMEOUT_MS, "Ending the setup").catch((thrown: unknown) => {
      this.#report(asError(thrown));
    });
  }

  /** Leaves, closes and ends whatever there is by now; each thing once. Never rejects. */
  async #letGo(): Promise<void> {
    this.#identity?.close();
    this.#roomEvents?.close();
    const call = this.#call;
    this.#call = undefined;
    const conversation = this.#conversation;
    const startedMs = this.clock.nowMs();
    if (call) await this.#bounded(call.leave(), LEAVE_TIMEOUT_MS, "Leaving the room");
    const closing = call && this.#bounded(call.close(), CLOSE_TIMEOUT_MS, "Closing the call");
    await conversation?.end(LET_GO_TIMEOUT_MS - (this.clock.nowMs() - startedMs));
    await closing;
  }

  async #bounded(work: Promise<void>, timeoutMs: number, what: string): Promise<void> {
    if (!this.#clock) return;
    try {
      await withDeadline(this.#clock, work, timeoutMs, what);
    } catch (thrown) {
      this.#logger?.warn(`${what} failed; going on.`, { error: asError(thrown).message });
    }
  }

  #report(error: Error): void {
    this.#logger?.warn("The transport met an error.", { error: error.message });
    this.events.emit("error", error);
  }
}
