import type { ConversationLease } from "../api/conversations/conversation-lease.ts";
import { createLeased, type CreatingApi } from "../api/conversations/create-leased.ts";
import { sweepFirst } from "../api/conversations/sweep-first.ts";
import { CostMeter, type ConversationCost, type CostReport } from "../api/cost/index.ts";
import { ConversationJournal, type ConversationEnder } from "../api/journal/index.ts";
import type { CreatePalOptions } from "../api/resources/types/pals.ts";
import { TavusApi } from "../api/tavus-api.ts";
import type { Conversation, Pal } from "../api/types.ts";
import { systemClock, type Clock, type TimerHandle } from "../util/clock.ts";
import { deferred, withDeadline, type Deferred } from "../util/deadline.ts";
import { SafeEmitter } from "../util/emitter.ts";
import type { EnvironmentVariables } from "../util/environment.ts";
import { asError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";
import { unrefTimer } from "../util/unref-timer.ts";
import { toLogText } from "../util/url-text.ts";
import { ConversationManagerError } from "./manager-error.ts";
import type {
  ConversationEndReason,
  ConversationManagerEvents,
  ManagedConversation,
  TenEvent,
} from "./manager-events.ts";
import {
  type ConversationManagerOptions,
  resolveManagerOptions,
  type ResolvedManagerOptions,
} from "./manager-options.ts";
import { toConversationRequest, toPalRequest } from "./requests.ts";

/** How late the server may enforce its own time limit. */
const LIMIT_GRACE_MS = 10_000;
/** For `close()`: a creation in progress, the end, and deleting the PAL. */
const CLOSE_TIMEOUT_MS = 60_000;

/** The part of the Tavus API that a manager uses. `TavusApi` implements it. */
export interface ManagerApi extends CreatingApi<
  Pick<Conversation, "conversationId" | "conversationUrl" | "meetingToken"> & { readonly status?: string }
> {
  /** Creates a PAL. */
  createPal(options: CreatePalOptions): Promise<Pick<Pal, "palId" | "palName">>;
  /** Deletes a PAL. */
  deletePal(palId: string): Promise<void>;
  /** Lists conversations. Only for the journal. */
  listConversations?: NonNullable<ConversationEnder["listConversations"]>;
}

/** The parts that a {@link ConversationManager} works with, for tests and special cases. */
export interface ConversationManagerDependencies {
  /** The Tavus API. Default: a `TavusApi` made from the options. */
  readonly api?: ManagerApi | undefined;
  /** The environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables | undefined;
  /** The clock. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** One conversation, from the request for it to its end. */
interface Cycle {
  /** Set when it must end, whoever asks for it afterwards. */
  doom: ConversationEndReason | undefined;
  /** Resolves when it is over, or was never created. */
  readonly over: Deferred<void>;
}

type State =
  | { readonly is: "idle" }
  | { readonly is: "starting"; readonly cycle: Cycle }
  | {
      readonly is: "open";
      readonly cycle: Cycle;
      readonly lease: ConversationLease;
      readonly limit: TimerHandle;
    }
  | { readonly is: "ending"; readonly cycle: Cycle };

/**
 * Opens a Tavus conversation when users come, and ends it when they have left: for pals that hold the conversation
 * themselves (PALs with a full pipeline), with no bot in the room. The application reports who joins and leaves.
 *
 * Every method can be called at any time, in any order and repeatedly. There is at most one conversation; while one ends,
 * the next one waits. Whatever is asked for during a creation, the conversation that it brings is used or ended. It always
 * has limits at the server, is in the journal until its end is confirmed, and is counted by a `CostMeter`.
 */
export class ConversationManager implements AsyncDisposable {
  readonly #options: ResolvedManagerOptions;
  readonly #api: ManagerApi;
  readonly #journal: ConversationJournal | undefined;
  readonly #meter: CostMeter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: SafeEmitter<ConversationManagerEvents>;
  readonly #users = new Set<string>();
  #state: State = { is: "idle" };
  /** Whether a conversation is asked for. */
  #wanted = false;
  /** Calls that wait for the conversation. */
  #waiting: Deferred<ManagedConversation> | undefined;
  /** Set while the last user has left a moment ago. */
  #leaving: { readonly timer: TimerHandle; readonly over: Deferred<void> } | undefined;
  #createdPalId: string | undefined;
  #closed: Promise<void> | undefined;

  /** @throws InvalidOptionError that lists all problems with the options and the environment. */
  constructor(options: ConversationManagerOptions = {}, dependencies: ConversationManagerDependencies = {}) {
    const { env = process.env, clock = systemClock } = dependencies;
    const logger = safeLogger(options.logger);
    const resolved = resolveManagerOptions(options, env, dependencies.api !== undefined, logger);
    const { apiKey = "", apiUrl, journal, cost } = resolved;
    this.#options = resolved;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = new SafeEmitter<ConversationManagerEvents>((error, event) => {
      logger.error("A listener of ConversationManager failed.", { event, error: toLogText(error) });
    });
    this.#api = dependencies.api ?? new TavusApi({ apiKey, apiUrl, clock, logger });
    // With an API of the application's own a journal is kept only when the options name one.
    const keepsJournal = journal !== undefined && (dependencies.api === undefined || Boolean(options.journal));
    this.#journal = keepsJournal
      ? new ConversationJournal({ path: journal, apiKey, apiUrl, clock, logger })
      : undefined;
    this.#meter = cost instanceof CostMeter ? cost : new CostMeter({ ...cost, env, clock, logger });
    // What it rejects with is an event.
    if (resolved.autoStart) this.start().catch(() => undefined);
  }

  /** Adds a listener. An error that it throws is logged and ignored. */
  on<K extends keyof ConversationManagerEvents>(
    event: K,
    listener: (...args: ConversationManagerEvents[K]) => unknown,
  ): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<K extends keyof ConversationManagerEvents>(
    event: K,
    listener: (...args: ConversationManagerEvents[K]) => unknown,
  ): this {
    this.#events.off(event, listener);
    return this;
  }

  /** "idle" when there is no conversation, else what happens with it. */
  get state(): "idle" | "starting" | "open" | "ending" {
    return this.#state.is;
  }

  /** The conversation that is open; undefined when there is none. */
  get conversation(): ManagedConversation | undefined {
    return this.#state.is === "open" ? toManaged(this.#state.lease) : undefined;
  }

  /** The users that are there. */
  get users(): readonly string[] {
    return [...this.#users];
  }

  /** The PAL of the conversations; undefined before one was created, and where Tavus' own is used. */
  get palId(): string | undefined {
    return this.#options.palId ?? this.#createdPalId;
  }

  /** What the open conversation has cost so far, and what all conversations of the meter have. */
  get cost(): { readonly conversation: ConversationCost | undefined; readonly process: CostReport } {
    const conversation = this.#state.is === "open" ? this.#state.lease.cost : undefined;
    return { conversation, process: this.#meter.report };
  }

  /**
   * A user has come: resolves to the conversation, which is created if there is none. Repeating it for the same user
   * changes nothing.
   *
   * @throws TavusApiError or BudgetError when there can be no conversation, ConversationManagerError when it is ended before
   * it is open, and after `close()`.
   */
  async userJoined(userId: string): Promise<ManagedConversation> {
    if (this.#closed === undefined) this.#users.add(userId);
    return await this.#open();
  }

  /**
   * A user has left. When it was the last one, the conversation ends after `leaveGraceMs`; the call resolves when it has
   * ended, or somebody has come. A user who is not there changes nothing. Never rejects.
   */
  async userLeft(userId: string): Promise<void> {
    const cycle = this.#cycle;
    if (!this.#users.delete(userId)) return;
    if (this.#users.size > 0 || this.#closed !== undefined) return;
    if (this.#leaving === undefined && this.#wanted) this.#waitForReturn();
    const { over } = this.#leaving ?? {};
    await (over?.promise ?? cycle?.over.promise);
  }

  /**
   * Starts a conversation, or resolves to the one that there is. It lasts until `end()`, until users have come and the last
   * one has left, or until one of its limits.
   *
   * @throws TavusApiError or BudgetError when there can be no conversation, ConversationManagerError when it is ended before
   * it is open, and after `close()`.
   */
  async start(): Promise<ManagedConversation> {
    return await this.#open();
  }

  /**
   * Ends the conversation, whoever is there, or the one that is being created as soon as it exists. Resolves when it is
   * over (bounded). Never rejects; a failure is an event. Users have to join again.
   */
  async end(): Promise<void> {
    await this.#end("ended");
  }

  /**
   * The conversation is over without this manager having ended it: Tavus' webhook "system.shutdown" says so. Ignored for
   * any other conversation.
   */
  async conversationOver(conversationId: string): Promise<void> {
    if (this.#state.is === "open" && this.#state.lease.conversationId === conversationId) await this.#end("over");
  }

  /**
   * Ends the conversation, and deletes the PAL that was created if `deletePal` says so. No other conversation can be started
   * afterwards. Takes at most a minute, never rejects, and is idempotent.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #cycle(): Cycle | undefined {
    return this.#state.is === "idle" ? undefined : this.#state.cycle;
  }

  async #open(): Promise<ManagedConversation> {
    if (this.#closed !== undefined) throw new ConversationManagerError("managerClosed");
    this.#stay();
    this.#wanted = true;
    if (this.#state.is === "open") return toManaged(this.#state.lease);
    const waiting = (this.#waiting ??= deferred());
    this.#reconcile();
    return await waiting.promise;
  }

  #waitForReturn(): void {
    const expire = (): void => {
      const over = this.#leaving?.over;
      this.#leaving = undefined;
      const cycle = this.#cycle;
      this.#giveUp();
      if (cycle) void cycle.over.promise.then(() => over?.resolve());
      else over?.resolve();
      this.#reconcile("lastUserLeft");
    };
    // Not unref'd: a process that ends while it waits must still end the conversation.
    const timer = this.#clock.setTimeout(expire, this.#options.leaveGraceMs);
    this.#leaving = { timer, over: deferred() };
  }

  /** Somebody is there after all, or the end comes before the grace time is over. */
  #stay(): void {
    if (this.#leaving === undefined) return;
    this.#clock.clearTimeout(this.#leaving.timer);
    this.#leaving.over.resolve();
    this.#leaving = undefined;
  }

  /** Nobody wants a conversation any more. */
  #giveUp(): void {
    this.#wanted = false;
    this.#waiting?.reject(new ConversationManagerError("ended"));
    this.#waiting = undefined;
  }

  async #end(reason: ConversationEndReason): Promise<void> {
    this.#users.clear();
    this.#giveUp();
    this.#stay();
    const cycle = this.#cycle;
    if (cycle) cycle.doom ??= reason;
    this.#reconcile();
    await cycle?.over.promise;
  }

  /** Takes the next step towards what is wanted. `reason`: why a conversation that is not wanted ends. */
  #reconcile(reason: ConversationEndReason = "ended"): void {
    const state = this.#state;
    if (state.is === "idle" && this.#wanted) {
      const cycle: Cycle = { doom: undefined, over: deferred() };
      this.#state = { is: "starting", cycle };
      void this.#start(cycle);
    } else if (state.is === "open" && (state.cycle.doom !== undefined || !this.#wanted)) {
      this.#clock.clearTimeout(state.limit);
      this.#state = { is: "ending", cycle: state.cycle };
      void this.#finish(state.lease, state.cycle, state.cycle.doom ?? reason);
    }
  }

  /** Never rejects. */
  async #start(cycle: Cycle): Promise<void> {
    let lease: ConversationLease;
    try {
      lease = await this.#create(cycle);
    } catch (thrown) {
      this.#notCreated(cycle, asError(thrown));
      return;
    }
    const limitMs = this.#options.maxCallDurationS * 1000 + LIMIT_GRACE_MS;
    const limit = this.#clock.setTimeout(() => void this.#end("timeLimit"), limitMs);
    unrefTimer(limit);
    this.#state = { is: "open", cycle, lease, limit };
    const { conversationId, conversationUrl } = lease;
    this.#events.emit("conversationCreated", { conversationId, conversationUrl });
    this.#emitData("conversation_created", { conversation_id: conversationId, conversation_url: conversationUrl });
    // A listener may have ended it.
    if (this.#wanted && cycle.doom === undefined) {
      this.#waiting?.resolve(toManaged(lease));
      this.#waiting = undefined;
    }
    this.#reconcile("lastUserLeft");
  }

  #notCreated(cycle: Cycle, error: Error): void {
    const wasEnded = error instanceof ConversationManagerError;
    this.#state = { is: "idle" };
    if (!wasEnded) {
      this.#logger.error("The conversation could not be created.", { error: toLogText(error) });
      // What failed was asked for by those who wait, unless they asked again after its end.
      if (cycle.doom === undefined) {
        this.#wanted = false;
        this.#waiting?.reject(error);
        this.#waiting = undefined;
      }
      this.#failed(error);
    }
    cycle.over.resolve();
    this.#reconcile();
  }

  async #create(cycle: Cycle): Promise<ConversationLease> {
    const api = this.#api;
    const clock = this.#clock;
    const logger = this.#logger;
    if (this.#journal) await sweepFirst(this.#journal, api, clock, logger, this.#meter);
    const palId = this.palId ?? (this.#options.autoCreatePal ? await this.#createPal(cycle) : undefined);
    if (cycle.doom !== undefined || !this.#wanted) throw new ConversationManagerError("ended");
    const { lease } = await createLeased(toConversationRequest(this.#options, palId), {
      ...{ api, clock, logger, journal: this.#journal, meter: this.#meter },
      onEndFailed: (error) => this.#failed(error),
      onBudgetSpent: () => {
        if (this.#cycle === cycle) void this.#end("budgetSpent");
      },
    });
    return lease;
  }

  async #createPal(cycle: Cycle): Promise<string | undefined> {
    if (cycle.doom !== undefined || !this.#wanted) return undefined;
    const { palId, palName } = await this.#api.createPal(toPalRequest(this.#options));
    this.#createdPalId = palId;
    this.#logger.info("PAL created.", { palId });
    this.#events.emit("palCreated", { palId, palName });
    this.#emitData("persona_created", { persona_id: palId, persona_name: palName });
    return palId;
  }

  /** Never rejects. */
  async #finish(lease: ConversationLease, cycle: Cycle, reason: ConversationEndReason): Promise<void> {
    const { conversationId } = lease;
    await lease.end();
    const confirmed = lease.isOver;
    const { minutes = 0, money } = lease.cost ?? {};
    this.#state = { is: "idle" };
    this.#events.emit("conversationEnded", {
      ...{ conversationId, reason, minutes, confirmed },
      ...(money === undefined ? {} : { money }),
    });
    this.#emitData("conversation_ended", { conversation_id: conversationId, reason, minutes });
    cycle.over.resolve();
    this.#reconcile();
  }

  async #close(): Promise<void> {
    const ended = this.#end("closed").then(() => this.#deletePal());
    try {
      await withDeadline(this.#clock, ended, CLOSE_TIMEOUT_MS, "Closing the conversation manager");
    } catch (thrown) {
      this.#failed(asError(thrown));
    }
  }

  async #deletePal(): Promise<void> {
    const palId = this.#createdPalId;
    if (palId === undefined || !this.#options.deletePal) return;
    await this.#api.deletePal(palId);
    this.#createdPalId = undefined;
  }

  #failed(error: Error): void {
    this.#events.emit("error", error);
    this.#emitData("error", { message: error.message });
  }

  #emitData(event: TenEvent["event"], payload: TenEvent["payload"]): void {
    this.#events.emit("data", { data_type: "tavus_event", event, timestamp_ms: this.#clock.wallMs(), payload });
  }
}

function toManaged({ conversationId, conversationUrl, meetingToken }: ConversationLease): ManagedConversation {
  return { conversationId, conversationUrl, meetingToken };
}
