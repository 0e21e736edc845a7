import type { InCallEvent } from "../../../api/events/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import type { SafeEmitter } from "../../../util/emitter.ts";
import { asError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import { toLogText, toPlace, withoutQueries } from "../../../util/url-text.ts";
import type { DailyCall, DailyCallFactory, LeftReason, Participant } from "../../daily/daily-call.ts";
import type { ConversationLease } from "../conversation/conversation-lease.ts";
import { DEV_CONVERSATION_ID } from "../conversation/conversation-source.ts";
import { endedCallError } from "../../room/ended-call.ts";
import { InCallEventReader } from "../events/interaction-reader.ts";
import type { ResolvedTavusOptions } from "../tavus-options.ts";
import type { TavusClientEvents } from "../tavus-client-events.ts";
import { TransportClosedError } from "../../room/transport-closed-error.ts";
import { EventGate } from "../../room/event-gate.ts";
import { PalIdentity } from "./pal-identity.ts";

const LEAVE_TIMEOUT_MS = 2000;
const CLOSE_TIMEOUT_MS = 5000;

export interface RoomSessionOptions {
  readonly options: ResolvedTavusOptions;
  readonly lease: ConversationLease;
  readonly createCall: DailyCallFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the session reports what happens in the room. */
  readonly events: SafeEmitter<TavusClientEvents>;
  /** Something failed that nobody waits for. */
  readonly report: (error: Error) => void;
}

type State =
  | { readonly is: "starting" }
  | { readonly is: "joining"; readonly call: DailyCall }
  | { readonly is: "joined"; readonly call: DailyCall; readonly sessionId: string }
  | { readonly is: "closed" };

/** Our one stay in the conversation's room: the call, who is in the room, and what the pal says about itself. */
export class RoomSession {
  readonly #options: RoomSessionOptions;
  readonly #identity: PalIdentity;
  readonly #reader: InCallEventReader;
  readonly #gate: EventGate;
  #state: State = { is: "starting" };

  constructor(options: RoomSessionOptions) {
    this.#options = options;
    const { clock, logger, events, lease } = options;
    this.#gate = new EventGate(() => {
      logger.warn("Too much happens in the room before the pipeline has started; events are lost.");
    });
    this.#identity = new PalIdentity({
      clock,
      logger,
      decisionMs: options.options.params.palDecisionMs,
      host: {
        palJoined: (participant) => events.emit("palJoined", participant),
        palLeft: (participant) => events.emit("palLeft", participant),
        clientConnected: (participant) => events.emit("clientConnected", participant),
        clientDisconnected: (participant) => events.emit("clientDisconnected", participant),
      },
    });
    const isNamed = lease.conversationId !== DEV_CONVERSATION_ID;
    this.#reader = new InCallEventReader({
      clock,
      logger,
      identity: this.#identity,
      conversationId: isNamed ? lease.conversationId : undefined,
      onEvent: (event) => this.#emitInCall(event),
    });
  }

  get lease(): ConversationLease {
    return this.#options.lease;
  }

  /** The joined call; undefined before the join and after the closing. */
  get call(): DailyCall | undefined {
    return this.#state.is === "joined" ? this.#state.call : undefined;
  }

  get pal(): Participant | undefined {
    return this.#identity.pal;
  }

  isClient(sessionId: string): boolean {
    return this.#identity.isClient(sessionId);
  }

  /** Starts the runtime of the call and joins. Events are held until {@link begin}. */
  async join(palName: Promise<string | undefined>): Promise<void> {
    const [name, call] = await Promise.all([palName, this.#startRuntime()]);
    this.#identity.setPalName(name);
    this.#listen(call);
    const sessionId = await this.#joinRoom(call);
    this.#mustBeWanted();
    this.#state = { is: "joined", call, sessionId };
  }

  /** From here on room events are passed on; those that came before are now. Idempotent. */
  begin(): void {
    if (this.#state.is !== "joined" || this.#gate.isOpen) return;
    const { sessionId } = this.#state;
    const { conversationId, conversationUrl } = this.lease;
    this.#options.events.emit("connected", { sessionId, conversationId, conversationUrl });
    this.#gate.open();
  }

  /**
   * Leaves the room and closes the call. `endConversation` runs once we have left, at the same time as the closing. Bounded,
   * never rejects; a runtime that starts later is closed as well.
   */
  async close(endConversation: () => Promise<void>): Promise<void> {
    const call = this.#state.is === "joining" || this.#state.is === "joined" ? this.#state.call : undefined;
    this.#state = { is: "closed" };
    this.#gate.close();
    this.#identity.close();
    this.#reader.close();
    if (call) await this.#bounded(call.leave(), LEAVE_TIMEOUT_MS, "Leaving the room");
    const closed = call && this.#bounded(call.close(), CLOSE_TIMEOUT_MS, "Closing the call");
    await endConversation();
    await closed;
  }

  async #startRuntime(): Promise<DailyCall> {
    const { createCall, clock, logger, lease, report } = this.#options;
    const { joinTimeoutMs } = this.#options.options.params;
    const startedMs = clock.nowMs();
    const starting = createCall({
      url: lease.conversationUrl,
      joinTimeoutMs,
      leaveTimeoutMs: LEAVE_TIMEOUT_MS,
      clock,
      logger,
    });
    try {
      const call = await withDeadline(clock, starting, joinTimeoutMs, "Starting the call's runtime");
      this.#mustBeWanted();
      this.#state = { is: "joining", call };
      logger.debug("The runtime of the call has started.", {
        runtime: call.runtime,
        tookMs: elapsed(clock, startedMs),
      });
      return call;
    } catch (thrown) {
      closeLate(starting).catch((error: unknown) => report(asError(error)));
      throw thrown;
    }
  }

  async #joinRoom(call: DailyCall): Promise<string> {
    const { clock, logger, options, lease } = this.#options;
    const { conversationUrl, meetingToken } = lease;
    const startedMs = clock.nowMs();
    const joining = call.join({
      url: conversationUrl,
      userName: options.botName,
      subscribeAutomatically: false,
      ...(meetingToken === undefined ? {} : { token: meetingToken }),
    });
    const { sessionId } = await withDeadline(clock, joining, options.params.joinTimeoutMs, "Joining the room");
    const tookMs = elapsed(clock, startedMs);
    logger.info("Joined the room.", { room: toPlace(conversationUrl), sessionId, runtime: call.runtime, tookMs });
    return sessionId;
  }

  #listen(call: DailyCall): void {
    const gate = this.#gate;
    const { events, logger } = this.#options;
    call
      .on("participantJoined", (participant) => gate.pass(() => this.#identity.joined(participant)))
      .on("participantUpdated", (participant) => gate.pass(() => this.#identity.updated(participant)))
      .on("participantLeft", ({ sessionId }) =>
        gate.pass(() => {
          this.#reader.left(sessionId);
          this.#identity.left(sessionId);
        }),
      )
      .on("appMessage", (message, from) =>
        gate.pass(() => {
          this.#reader.received(message, from);
          events.emit("appMessage", message, from);
        }),
      )
      .on("left", (reason, message) => gate.pass(() => this.#endedByRoom(reason, message)))
      .on("error", (error) => gate.pass(() => this.#runtimeFailed(error)))
      .on("warning", (message) => logger.warn(`The call: ${withoutQueries(message)}`));
  }

  #emitInCall(event: InCallEvent): void {
    const { events } = this.#options;
    if ((event.type === "startedSpeaking" || event.type === "stoppedSpeaking") && event.role === "pal")
      events.emit("palSpeaking", event);

    events.emit("inCall", event);
  }

  #endedByRoom(reason: LeftReason, message: string): void {
    const { events, logger } = this.#options;
    const text = withoutQueries(message);
    logger.info("The room ended the call.", { reason, message: text });
    events.emit("lost", endedCallError(reason, text));
  }

  #runtimeFailed(error: Error): void {
    const { events, logger } = this.#options;
    logger.info("The runtime of the call failed.", { error: toLogText(error) });
    events.emit("lost", error);
  }

  #mustBeWanted(): void {
    if (this.#state.is === "closed") throw new TransportClosedError();
  }

  async #bounded(work: Promise<void>, timeoutMs: number, what: string): Promise<void> {
    const { clock, logger } = this.#options;
    const startedMs = clock.nowMs();
    try {
      await withDeadline(clock, work, timeoutMs, what);
      logger.debug(`${what} is done.`, { tookMs: elapsed(clock, startedMs) });
    } catch (thrown) {
      logger.warn(`${what} failed; continuing.`, { error: toLogText(thrown) });
    }
  }
}

/** A call whose runtime is ready too late is closed, not leaked. */
async function closeLate(starting: Promise<DailyCall>): Promise<void> {
  const call = await starting;
  await call.close();
}

/** Whole milliseconds since `startedMs`. */
function elapsed(clock: Clock, startedMs: number): number {
  return Math.round(clock.nowMs() - startedMs);
}
