import type { CostWarning, SpentBudget } from "../../../api/cost/index.ts";
import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { asError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import type { AvatarReason, AvatarState } from "../avatar/avatar-state.ts";
import type { TavusConnection } from "../tavus-client-events.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";
import { AvatarRetries } from "./avatar-retries.ts";

/** A pal that is in its room, and hears. */
export interface ConnectedPal {
  readonly client: TavusTransportClient;
  readonly sessionId: string;
  /** The way to it. */
  readonly sink: AudioSink;
}

export interface PalLineHost {
  /** The avatar's state has changed. `lastedMs`: how long the state before lasted. */
  stateChanged(state: AvatarState, before: AvatarState, lastedMs: number): void;
  /** The bot is in the room of a conversation. */
  connected(connection: TavusConnection): void;
  /** The pal is in the room. It hears once `palConnected` is called. */
  palJoined(client: TavusTransportClient, sessionId: string): void;
  palConnected(pal: ConnectedPal): void;
  /** The pal is not there any more, or cannot be used. */
  palGone(): void;
  costWarning(warning: CostWarning): void;
  /** Unless the pal is required, the conversation ends for that, and no other one follows. */
  budgetSpent(spent: SpentBudget): void;
  error(error: Error): void;
}

export interface PalLineOptions {
  readonly createClient: () => TavusTransportClient;
  readonly openSink: (client: TavusTransportClient) => Promise<AudioSink>;
  /** From the pal's join until it hears, in milliseconds. */
  readonly palConnectMs: number;
  /** How long a pal that has left may take to return, in milliseconds. */
  readonly palReadyTimeoutMs: number;
  /** Whether the task ends with the pal. */
  readonly required: boolean;
  readonly host: PalLineHost;
}

/** One conversation, from its creation to its end. */
interface Stay {
  readonly client: TavusTransportClient;
  sink: AudioSink | undefined;
}

/**
 * The line to the pal: one conversation after the other, each with a client of its own. A conversation that fails is ended and,
 * where that may help, followed by another one.
 */
export class PalLine {
  readonly #options: PalLineOptions;
  readonly #host: PalLineHost;
  readonly #retries = new AvatarRetries();
  readonly #endings = new Set<Promise<void>>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  #stay: Stay | undefined;
  #state: AvatarState = { is: "none", reason: "notStarted" };
  #stateSinceMs: number;
  #begun = false;
  #closed = false;
  #retryTimer: TimerHandle;
  #palTimer: TimerHandle;

  constructor(options: PalLineOptions, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#host = options.host;
    this.#clock = clock;
    this.#logger = logger;
    this.#stateSinceMs = clock.nowMs();
  }

  get state(): AvatarState {
    return this.#state;
  }

  /** The client of the conversation; undefined between two. */
  get client(): TavusTransportClient | undefined {
    return this.#stay?.client;
  }

  /** Opens the first conversation. Rejects when that fails; whether there will be another one, the state says. */
  open(): Promise<void> {
    return this.#attempt();
  }

  /** The pipeline has started: what happens in the room is reported from here on. Idempotent. */
  begin(): void {
    this.#begun = true;
    this.#stay?.client.begin();
  }

  /** Leaves and ends whatever there is. Bounded, idempotent, never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#clock.clearTimeout(this.#retryTimer);
    this.#clock.clearTimeout(this.#palTimer);
    this.#endStay();
    await Promise.all(this.#endings);
  }

  async #attempt(): Promise<void> {
    const client = this.#options.createClient();
    const stay: Stay = { client, sink: undefined };
    this.#stay = stay;
    const isCurrent = (): boolean => this.#stay === stay;
    client.events
      .on("connected", (connection) => this.#host.connected(connection))
      .on("avatarState", (state) => {
        if (isCurrent()) this.#clientState(stay, state);
      })
      .on("lost", (error) => {
        if (isCurrent()) this.#replace(toReason(client.avatar) ?? "unreachable", error);
      })
      .on("costWarning", (warning) => this.#host.costWarning(warning))
      .on("budgetSpent", (spent) => {
        this.#host.budgetSpent(spent);
        // The task ends with it, and what is being said is said to its end.
        if (isCurrent() && !this.#options.required) this.#replace("vetoed");
      })
      .on("error", (error) => this.#host.error(error));
    try {
      await client.acquire("output", this.#clock, this.#logger);
      const sink = await this.#options.openSink(client);
      if (!isCurrent()) return;
      stay.sink = sink;
      if (this.#begun) client.begin();
    } catch (thrown) {
      const error = asError(thrown);
      // Closed meanwhile, or the state has reported that already.
      if (!isCurrent()) return;
      this.#replace(toReason(client.avatar) ?? "joinFailed", error);
      throw error;
    }
  }

  #clientState(stay: Stay, state: AvatarState): void {
    this.#clock.clearTimeout(this.#palTimer);
    switch (state.is) {
      case "speaking":
        this.#retries.speaking(this.#clock.nowMs());
        this.#setState(state);
        this.#palJoined(stay, state.sessionId);
        return;
      case "absent":
        this.#setState(state);
        this.#host.palGone();
        // It may return to a room that it has left. One that is silent, or never came, has a conversation that is broken.
        if (state.reason === "left" && !this.#closed) this.#awaitReturn();
        else this.#replace(state.reason);
        return;
      case "failed":
        this.#replace(state.reason, state.error);
        return;
      case "joining":
      case "none":
        this.#setState(state);
    }
  }

  #palJoined({ client, sink }: Stay, sessionId: string): void {
    if (!sink) return;
    this.#host.palJoined(client, sessionId);
    const connected = (): void => this.#host.palConnected({ client, sessionId, sink });
    const { palConnectMs } = this.#options;
    if (palConnectMs > 0) this.#palTimer = this.#clock.setTimeout(connected, palConnectMs);
    else connected();
  }

  #awaitReturn(): void {
    this.#palTimer = this.#clock.setTimeout(() => this.#replace("left"), this.#options.palReadyTimeoutMs);
  }

  /** The conversation is of no use any more: ends it, and arranges for the next. */
  #replace(reason: AvatarReason, error?: Error): void {
    const { client } = this.#stay ?? {};
    if (!client) return;
    this.#endStay();
    this.#clock.clearTimeout(this.#palTimer);
    if (this.#closed) return;
    const isOurs = client.options.joins === undefined && client.options.roomUrl === undefined;
    const nowMs = this.#clock.nowMs();
    const delayMs = isOurs ? this.#retries.failed(reason, nowMs) : undefined;
    const retryAtMs = delayMs === undefined ? undefined : nowMs + delayMs;
    this.#setState({ is: "failed", reason, error, retryAtMs });
    this.#host.palGone();
    if (delayMs === undefined) return;
    this.#logger.info("Another conversation will be tried.", { reason, inMs: delayMs });
    this.#retryTimer = this.#clock.setTimeout(() => {
      // The state says how it went.
      this.#attempt().catch(() => undefined);
    }, delayMs);
  }

  #endStay(): void {
    const stay = this.#stay;
    this.#stay = undefined;
    if (!stay) return;
    const ending = this.#end(stay).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  async #end({ client, sink }: Stay): Promise<void> {
    await Promise.all([sink?.close(), client.release("output")]).catch((thrown: unknown) => {
      this.#host.error(asError(thrown));
    });
  }

  #setState(state: AvatarState): void {
    const before = this.#state;
    const nowMs = this.#clock.nowMs();
    const lastedMs = nowMs - this.#stateSinceMs;
    this.#state = state;
    this.#stateSinceMs = nowMs;
    this.#host.stateChanged(state, before, lastedMs);
  }
}

function toReason(state: AvatarState): AvatarReason | undefined {
  return state.is === "failed" || state.is === "absent" ? state.reason : undefined;
}
