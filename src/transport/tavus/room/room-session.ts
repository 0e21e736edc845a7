import type { InCallEvent } from "../../../api/events/index.ts";
import type { Clock } from "../../../util/clock.ts";
import type { SafeEmitter } from "../../../util/emitter.ts";
import type { Logger } from "../../../util/logger.ts";
import { toLogText, withoutQueries } from "../../../util/url-text.ts";
import type { DailyCall, DailyCallFactory, LeftReason, Participant } from "../../daily/daily-call.ts";
import { endedCallError } from "../../room/ended-call.ts";
import { EventGate } from "../../room/event-gate.ts";
import { RoomStay } from "../../room/room-stay.ts";
import { DEV_CONVERSATION_ID } from "../conversation/conversation-source.ts";
import { InCallEventReader } from "../events/interaction-reader.ts";
import type { CallPlace } from "../place/call-place.ts";
import type { ResolvedTavusOptions } from "../tavus-options.ts";
import type { TavusClientEvents, TavusConnection } from "../tavus-client-events.ts";
import { PalIdentity } from "./pal-identity.ts";

export interface RoomSessionOptions {
  readonly options: ResolvedTavusOptions;
  readonly place: CallPlace;
  readonly createCall: DailyCallFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the session reports what happens in the room. */
  readonly events: SafeEmitter<TavusClientEvents>;
  /** The bot is in the room, and its events follow. */
  readonly onBegin: (connection: TavusConnection) => void;
  /** The call is over, and not because this side ended it. `reason`: why the room ended it; undefined for a dead runtime. */
  readonly onLost: (error: Error, reason: LeftReason | undefined) => void;
  /** Something failed that nobody waits for. */
  readonly report: (error: Error) => void;
}

/** Our one stay in a room: the call, who is in the room, and what the pal says about itself. */
export class RoomSession {
  readonly #options: RoomSessionOptions;
  readonly #identity: PalIdentity;
  readonly #reader: InCallEventReader;
  readonly #gate: EventGate;
  readonly #stay: RoomStay;

  constructor(options: RoomSessionOptions) {
    this.#options = options;
    const { clock, logger, events, place } = options;
    this.#gate = new EventGate(() => {
      logger.warn("Too much happens in the room before the pipeline has started; events are lost.");
    });
    this.#stay = new RoomStay({
      url: place.conversationUrl,
      token: place.botToken ?? place.meetingToken,
      botName: options.options.botName,
      packetTimeMs: options.options.packetTimeMs,
      joinTimeoutMs: options.options.params.joinTimeoutMs,
      createCall: options.createCall,
      clock,
      logger,
      report: options.report,
    });
    this.#identity = new PalIdentity({
      clock,
      logger,
      decisionMs: options.options.params.palDecisionMs,
      hasPal: place.isFallback !== true,
      host: {
        palJoined: (participant) => events.emit("palJoined", participant),
        palLeft: (participant) => events.emit("palLeft", participant),
        clientConnected: (participant) => events.emit("clientConnected", participant),
        clientDisconnected: (participant) => events.emit("clientDisconnected", participant),
      },
    });
    const isNamed = place.conversationId !== DEV_CONVERSATION_ID;
    this.#reader = new InCallEventReader({
      clock,
      logger,
      identity: this.#identity,
      conversationId: isNamed ? place.conversationId : undefined,
      onEvent: (event) => this.#emitInCall(event),
    });
  }

  get place(): CallPlace {
    return this.#options.place;
  }

  /** The joined call; undefined before the join and after the closing. */
  get call(): DailyCall | undefined {
    return this.#stay.call;
  }

  get pal(): Participant | undefined {
    return this.#identity.pal;
  }

  /** The sessions of the users in the room. */
  get clients(): readonly string[] {
    return [...(this.call?.participants().keys() ?? [])].filter((sessionId) => this.isClient(sessionId));
  }

  isClient(sessionId: string): boolean {
    return this.#identity.isClient(sessionId);
  }

  /** Starts the runtime of the call and joins. Events are held until {@link begin}. */
  async join(palName: Promise<string | undefined>): Promise<void> {
    const [name, call] = await Promise.all([palName, this.#stay.start()]);
    this.#identity.setPalName(name);
    this.#listen(call);
    await this.#stay.join();
  }

  /** From here on room events are passed on; those that came before are now. Idempotent. */
  begin(): void {
    const { sessionId } = this.#stay;
    if (sessionId === undefined || this.#gate.isOpen) return;
    const { conversationId, conversationUrl } = this.place;
    this.#options.onBegin({ sessionId, conversationId, conversationUrl });
    this.#gate.open();
  }

  /**
   * Leaves the room and closes the call. `endPlace` runs once we have left, at the same time as the closing. Bounded,
   * never rejects; a runtime that starts later is closed as well.
   */
  async close(endPlace: () => Promise<void>): Promise<void> {
    this.#gate.close();
    this.#identity.close();
    this.#reader.close();
    await this.#stay.close(endPlace);
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
    const { onLost, logger } = this.#options;
    const text = withoutQueries(message);
    logger.info("The room ended the call.", { reason, message: text });
    onLost(endedCallError(reason, text), reason);
  }

  #runtimeFailed(error: Error): void {
    const { onLost, logger } = this.#options;
    logger.info("The runtime of the call failed.", { error: toLogText(error) });
    onLost(error, undefined);
  }
}
