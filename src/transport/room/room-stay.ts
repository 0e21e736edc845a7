import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { toLogText, toPlace } from "../../util/url-text.ts";
import type { DailyCall, DailyCallFactory } from "../daily/daily-call.ts";
import type { PacketTimeMs } from "../daily/packet-time.ts";
import { TransportClosedError } from "./transport-closed-error.ts";

const LEAVE_TIMEOUT_MS = 2000;
const CLOSE_TIMEOUT_MS = 5000;

export interface RoomStayOptions {
  /** The room's URL, without a token in it. */
  readonly url: string;
  /** The meeting token, for private rooms. */
  readonly token: string | undefined;
  readonly botName: string;
  /** The length of the audio packets that we send, in ms. */
  readonly packetTimeMs?: PacketTimeMs | undefined;
  /** For starting the runtime, and again for joining. */
  readonly joinTimeoutMs: number;
  readonly createCall: DailyCallFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something failed that nobody waits for. */
  readonly report: (error: Error) => void;
}

type State =
  | { readonly is: "starting" }
  | { readonly is: "joining"; readonly call: DailyCall }
  | { readonly is: "joined"; readonly call: DailyCall; readonly sessionId: string }
  | { readonly is: "closed" };

/** One stay in a room, with a deadline for each step: the runtime of the call, the join, the leave. */
export class RoomStay {
  readonly #options: RoomStayOptions;
  #state: State = { is: "starting" };

  constructor(options: RoomStayOptions) {
    this.#options = options;
  }

  /** The joined call; undefined before the join and after the closing. */
  get call(): DailyCall | undefined {
    return this.#state.is === "joined" ? this.#state.call : undefined;
  }

  /** Our own session; undefined before the join and after the closing. */
  get sessionId(): string | undefined {
    return this.#state.is === "joined" ? this.#state.sessionId : undefined;
  }

  /** Starts the runtime of the call, which has not joined then: the moment to listen to it. */
  async start(): Promise<DailyCall> {
    const { createCall, clock, logger, url, joinTimeoutMs, report } = this.#options;
    const startedMs = clock.nowMs();
    const starting = createCall({ url, joinTimeoutMs, leaveTimeoutMs: LEAVE_TIMEOUT_MS, clock, logger });
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

  /** Joins with the call that has started, and receives nothing yet. */
  async join(): Promise<void> {
    const { clock, logger, url, token, botName, packetTimeMs, joinTimeoutMs } = this.#options;
    if (this.#state.is !== "joining") throw new TransportClosedError();
    const { call } = this.#state;
    const startedMs = clock.nowMs();
    const joining = call.join({
      url,
      userName: botName,
      subscribeAutomatically: false,
      ...(token === undefined ? {} : { token }),
      ...(packetTimeMs === undefined ? {} : { packetTimeMs }),
    });
    const { sessionId } = await withDeadline(clock, joining, joinTimeoutMs, "Joining the room");
    const tookMs = elapsed(clock, startedMs);
    logger.info("Joined the room.", { room: toPlace(url), sessionId, runtime: call.runtime, tookMs });
    this.#mustBeWanted();
    this.#state = { is: "joined", call, sessionId };
  }

  /**
   * Leaves the room and closes the call. `afterLeaving` runs once we have left, at the same time as the closing. Bounded,
   * never rejects unless `afterLeaving` does; a runtime that starts later is closed as well.
   */
  async close(afterLeaving: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const call = this.#state.is === "joining" || this.#state.is === "joined" ? this.#state.call : undefined;
    this.#state = { is: "closed" };
    if (call) await this.#bounded(call.leave(), LEAVE_TIMEOUT_MS, "Leaving the room");
    const closed = call && this.#bounded(call.close(), CLOSE_TIMEOUT_MS, "Closing the call");
    await afterLeaving();
    await closed;
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
