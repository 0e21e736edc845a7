import { systemClock, type Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { toLogText, withoutQueries } from "../../util/url-text.ts";
import type { TranscriptionMessage } from "../daily/call-controls.ts";
import type { DailyCall, DailyCallFactory } from "../daily/daily-call.ts";
import { DailyCallError } from "../daily/daily-errors.ts";
import { endedCallError } from "../room/ended-call.ts";
import { EventGate } from "../room/event-gate.ts";
import { RoomStay } from "../room/room-stay.ts";
import { TransportClosedError } from "../room/transport-closed-error.ts";
import {
  type DailySignals,
  type DailyTransportEvents,
  type DailyTransportState,
  FORWARDED_EVENTS,
  type ForwardedEvent,
} from "./daily-events.ts";
import type { ResolvedDailyOptions } from "./daily-options.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";
import { RoomMembers } from "./room-members.ts";

/** With what leaving and closing take, less than a task has for its cleanup, and less than Docker waits before it kills. */
const BEFORE_LEAVE_TIMEOUT_MS = 2000;
/** For a setup that is still in progress when the last owner releases; what it opens later is closed all the same. */
const SETUP_END_TIMEOUT_MS = 8000;

/** Why a task is cancelled whose transport the application closes in mid-call. */
export const CLOSED_IN_CALL = "the transport was closed by close()";

/** The processors that share a client. */
export type ClientOwner = "input" | "output";

export interface DailyClientDependencies {
  readonly createCall: DailyCallFactory;
  /** The application's listeners. */
  readonly events: SafeEmitter<DailyTransportEvents>;
  /** Until a pipeline brings its own. Default: the machine's, and the console. */
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

type State =
  | { readonly is: "idle" }
  | { readonly is: "opening"; readonly joined: Promise<void>; readonly stay: RoomStay }
  | { readonly is: "joined"; readonly stay: RoomStay; readonly call: DailyCall }
  /** The room ended the call. */
  | { readonly is: "lost"; readonly stay: RoomStay }
  | { readonly is: "failed"; readonly error: Error; readonly closed: Promise<void> }
  | { readonly is: "closing"; readonly closed: Promise<void> };

/**
 * One call, shared by the input and the output: the first owner opens it, and it is closed with the release of the last. A
 * failed opening rejects for every owner.
 */
export class DailyTransportClient {
  readonly options: ResolvedDailyOptions;
  /** What the processors react to. */
  readonly signals: SafeEmitter<DailySignals>;
  readonly messages = new OutgoingMessages(() => this.#logger);
  readonly #createCall: DailyCallFactory;
  readonly #events: SafeEmitter<DailyTransportEvents>;
  readonly #gate: EventGate;
  readonly #members: RoomMembers;
  readonly #owners = new Set<ClientOwner>();
  readonly #everOwned = new Set<ClientOwner>();
  #clock: Clock;
  #logger: Logger;
  #state: State = { is: "idle" };
  #owesLeft = false;

  constructor(options: ResolvedDailyOptions, { createCall, events, clock, logger }: DailyClientDependencies) {
    this.options = options;
    this.#createCall = createCall;
    this.#events = events;
    this.#clock = clock ?? systemClock;
    this.#logger = safeLogger(options.logger ?? logger);
    this.signals = new SafeEmitter<DailySignals>((error, event) => this.listenerFailed(error, event));
    this.#gate = new EventGate(() => {
      this.#logger.warn("Too much happens in the room before the pipeline has started; events are lost.");
    });
    const { signals } = this;
    this.#members = new RoomMembers({
      joined: (participant, isFirst) => {
        signals.emit("present", participant);
        if (isFirst) events.emit("firstParticipantJoined", participant);
        events.emit("participantJoined", participant);
        events.emit("clientConnected", participant);
        signals.emit("clientConnected");
      },
      updated: (participant) => events.emit("participantUpdated", participant),
      left: (participant) => {
        signals.emit("gone", participant.sessionId);
        events.emit("participantLeft", participant);
        events.emit("clientDisconnected", participant);
      },
    });
  }

  /** Where the life of the call is logged. */
  get logger(): Logger {
    return this.#logger;
  }

  /** How long opening may take: starting the runtime, then joining. */
  get openTimeoutMs(): number {
    return 2 * this.options.params.joinTimeoutMs;
  }

  /** The joined call. Throws a DailyCallError outside of one. */
  get call(): DailyCall {
    if (this.#state.is !== "joined") throw new DailyCallError("notJoined", "The transport is not in its room.");
    return this.#state.call;
  }

  /** The same; undefined outside of a call. */
  get callIfJoined(): DailyCall | undefined {
    return this.#state.is === "joined" ? this.#state.call : undefined;
  }

  /** Whether somebody with that session is in the room. */
  isPresent(sessionId: string): boolean {
    return this.callIfJoined?.participants().has(sessionId) ?? false;
  }

  holds(owner: ClientOwner): boolean {
    return this.#owners.has(owner);
  }

  /** Whether the pipeline has, or had, that end of the transport. */
  hasBeenOwnedBy(owner: ClientOwner): boolean {
    return this.#everOwned.has(owner);
  }

  /** Joins, or waits for a join already in progress. Rejects for every owner alike. */
  async acquire(owner: ClientOwner, clock: Clock, logger: Logger): Promise<void> {
    this.#owners.add(owner);
    this.#everOwned.add(owner);
    if (this.#state.is === "idle") {
      this.#clock = clock;
      this.#logger = safeLogger(this.options.logger ?? logger);
      this.#open();
    }
    if (this.#state.is === "opening") await this.#state.joined;
    else if (this.#state.is === "failed") throw this.#state.error;
    else if (this.#state.is === "closing") throw new TransportClosedError();
  }

  /**
   * The owner no longer needs the client. The last release leaves and resolves when that is done (bounded); it never
   * rejects. Repeating it is harmless.
   */
  async release(owner: ClientOwner): Promise<void> {
    const held = this.#owners.delete(owner);
    if (this.#owners.size > 0) return;
    if (held) this.#close();
    await this.#whenClosed();
  }

  /** Closes everything, also under its owners. Resolves when that is done (bounded); never rejects. Idempotent. */
  async close(): Promise<void> {
    if (this.#state.is === "joined") this.signals.emit("closedInCall");
    this.#owners.clear();
    this.#close();
    await this.#whenClosed();
  }

  /** From here on room events are passed on; those that came before are now. Idempotent. */
  begin(): void {
    if (this.#state.is !== "joined" || this.#gate.isOpen) return;
    const { sessionId } = this.#state.stay;
    if (sessionId === undefined) return;
    const connection = { sessionId, roomUrl: this.options.roomUrl };
    if (this.options.params.transcriptionEnabled) this.#transcribe(this.#state.call);
    this.#owesLeft = true;
    this.signals.emit("connected");
    this.#events.emit("joined", connection);
    this.#events.emit("connected", connection);
    this.#gate.open();
  }

  /** A mistake of the listener itself; nothing stops because of it. */
  listenerFailed(error: Error, event: string): void {
    this.#logger.error(`A listener of "${event}" threw.`, { error: toLogText(error) });
    if (event !== "error") this.#events.emit("error", error);
  }

  #open(): void {
    const { roomUrl: url, token, botName, packetTimeMs, params } = this.options;
    const stay = new RoomStay({
      ...{ url, token, botName, packetTimeMs, joinTimeoutMs: params.joinTimeoutMs, createCall: this.#createCall },
      ...{ clock: this.#clock, logger: this.#logger, report: (error) => this.#report(error) },
    });
    // Listeners are called while it joins, and may close.
    this.#state = { is: "opening", stay, joined: Promise.resolve().then(() => this.#join(stay)) };
  }

  async #join(stay: RoomStay): Promise<void> {
    try {
      if (this.#state.is === "opening") this.#changed("joining");
      const call = await stay.start();
      this.#listen(call);
      await stay.join();
      if (this.#state.is !== "opening") throw new TransportClosedError();
      this.#state = { is: "joined", stay, call };
      this.messages.joined(call);
      this.#changed("joined");
    } catch (thrown) {
      const error = asError(thrown);
      if (this.#state.is === "opening") {
        this.#logger.debug("The setup failed; closing.", { error: toLogText(error) });
        this.messages.over(error);
        this.#state = { is: "failed", error, closed: stay.close() };
        this.#changed("error");
      }
      throw error;
    }
  }

  #listen(call: DailyCall): void {
    const gate = this.#gate;
    call
      .on("participantJoined", (participant) => gate.pass(() => this.#members.joined(participant)))
      .on("participantUpdated", (participant) => gate.pass(() => this.#members.updated(participant)))
      .on("participantLeft", (participant) => gate.pass(() => this.#members.left(participant)))
      .on("appMessage", (message, from) =>
        gate.pass(() => {
          this.signals.emit("appMessage", message, from);
          this.#events.emit("appMessage", message, from);
        }),
      )
      .on("activeSpeakerChanged", (sessionId) =>
        gate.pass(() => this.#events.emit("activeSpeakerChanged", sessionId, call.participants().get(sessionId))),
      )
      .on("networkConnectionChanged", (change) => {
        if (change.connection === "signaling") this.messages.interrupted(change.event === "interrupted");
        gate.pass(() => this.#events.emit("networkConnectionStatusUpdated", change));
      })
      .on("transcriptionMessage", (message) => gate.pass(() => this.#transcribed(call, message)))
      .on("left", (reason, message) => {
        const text = withoutQueries(message);
        this.#logger.info("The room ended the call.", { reason, message: text });
        this.#ended(endedCallError(reason, text));
      })
      .on("error", (error) => {
        this.#logger.info("The runtime of the call failed.", { error: toLogText(error) });
        this.#ended(error);
      })
      .on("warning", (message) => this.#logger.warn(`The call: ${withoutQueries(message)}`));
    for (const event of FORWARDED_EVENTS) this.#forward(call, event);
  }

  #forward(call: DailyCall, event: ForwardedEvent): void {
    // The arguments are those of the same event; TypeScript cannot follow that for a name it does not know.
    call.on(event, (...args: unknown[]) => this.#gate.pass(() => this.#events.emit(event, ...(args as [never]))));
  }

  #transcribe(call: DailyCall): void {
    const starting = call.startTranscription(this.options.params.transcriptionSettings);
    starting.catch((thrown: unknown) => this.#report(asError(thrown)));
  }

  /** Daily transcribes the bot as well. */
  #transcribed(call: DailyCall, message: TranscriptionMessage): void {
    const { sessionId } = message;
    if (sessionId === call.sessionId) return;
    this.signals.emit("transcribed", message, call.participants().get(sessionId)?.userId ?? sessionId);
  }

  /** Messages stop at once; the pipeline and the application hear of it after what happened before it. */
  #ended(error: Error): void {
    this.messages.over(error);
    this.#gate.pass(() => {
      if (this.#state.is !== "joined") return;
      this.#state = { is: "lost", stay: this.#state.stay };
      this.#changed("error");
      this.#events.emit("error", error);
      this.signals.emit("lost", error);
      this.#left();
    });
  }

  #close(): void {
    const state = this.#state;
    if (state.is === "closing" || state.is === "failed") return;
    const reason = new TransportClosedError();
    if (state.is === "idle") {
      this.messages.over(reason);
      this.#state = { is: "closing", closed: Promise.resolve() };
    } else if (state.is === "opening") {
      this.messages.over(reason);
      this.#state = { is: "closing", closed: this.#settle(state.joined, state.stay.close()) };
      this.#changed("left");
    } else {
      // Listeners are called before it leaves, and may close.
      this.#state = { is: "closing", closed: Promise.resolve().then(() => this.#leave(state)) };
    }
  }

  async #leave(state: Extract<State, { is: "joined" | "lost" }>): Promise<void> {
    if (state.is === "joined") {
      this.#changed("leaving");
      await this.#beforeLeave(state.call);
    }
    this.#gate.close();
    this.messages.over(new DailyCallError("notJoined", "The transport has left its room."));
    await state.stay.close();
    this.#left();
    if (state.is === "joined") this.#changed("left");
  }

  /** The room is still there for the listeners, if the application has heard of it at all. */
  async #beforeLeave(call: DailyCall): Promise<void> {
    if (!this.#owesLeft) return;
    const listeners = this.#events.emitAndWait("beforeLeave");
    // Somebody else's transcription goes on.
    const stopped = this.options.params.transcriptionEnabled ? call.stopTranscription() : Promise.resolve();
    const both = Promise.all([listeners, stopped]);
    try {
      await withDeadline(this.#clock, both, BEFORE_LEAVE_TIMEOUT_MS, 'What is done before leaving ("beforeLeave")');
    } catch (thrown) {
      this.#logger.warn("Leaving without them.", { error: toLogText(thrown) });
    }
  }

  /** Every `joined` is followed by one `left`. */
  #left(): void {
    if (!this.#owesLeft) return;
    this.#owesLeft = false;
    this.#events.emit("left");
  }

  async #whenClosed(): Promise<void> {
    if (this.#state.is === "closing" || this.#state.is === "failed") await this.#state.closed;
  }

  /** An opening that is no longer wanted fails by itself; what it brings until then is closed. Bounded; never rejects. */
  async #settle(opening: Promise<void>, closing: Promise<void>): Promise<void> {
    const settled = Promise.allSettled([opening, closing]);
    try {
      await withDeadline(this.#clock, settled, SETUP_END_TIMEOUT_MS, "Ending the setup");
    } catch (thrown) {
      this.#report(asError(thrown));
    }
  }

  #changed(state: DailyTransportState): void {
    this.#events.emit("callStateUpdated", state);
  }

  #report(error: Error): void {
    this.#logger.warn("The transport met an error.", { error: toLogText(error) });
    this.#events.emit("error", error);
  }
}
