import type { Clock, TimerHandle } from "../../../util/clock.ts";
import type { SafeEmitter } from "../../../util/emitter.ts";
import type { Logger } from "../../../util/logger.ts";
import { toLogText } from "../../../util/url-text.ts";
import type { Participant } from "../../daily/daily-call.ts";
import type { TavusClientEvents } from "../tavus-client-events.ts";
import type { ResolvedTavusOptions } from "../tavus-options.ts";
import { AvatarLife, type AvatarChange } from "./avatar-life.ts";
import type { AvatarReason, AvatarState } from "./avatar-state.ts";
import { describeFailure } from "./failure-text.ts";

export interface AvatarMonitorOptions {
  readonly options: Pick<ResolvedTavusOptions, "params" | "fallback">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: SafeEmitter<TavusClientEvents>;
  /** The pal that is in the room now. */
  readonly pal: () => Participant | undefined;
}

/** Follows the avatar by the events of the client, and reports its state: as an event, and each failure as a log line. */
export class AvatarMonitor {
  readonly #options: AvatarMonitorOptions;
  readonly #life: AvatarLife;
  #clock: Clock;
  #logger: Logger;
  #palTimer: TimerHandle;

  constructor(options: AvatarMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#life = new AvatarLife({ clock: options.clock, onChange: (change) => this.#changed(change) });
    options.events
      .on("palJoined", ({ sessionId }) => this.#life.report({ type: "palJoined", sessionId }))
      // A session that loses the role to better evidence leaves it before the new one has it.
      .on("palLeft", () =>
        queueMicrotask(() => this.#life.report({ type: "palLeft", remaining: options.pal()?.sessionId })),
      );
  }

  get state(): AvatarState {
    return this.#life.state;
  }

  /** The pipeline brings its own clock and logger. */
  use(clock: Clock, logger: Logger): void {
    this.#clock = clock;
    this.#logger = logger;
    this.#life.useClock(clock);
  }

  /** There is no avatar, since the options do not ask for one. `why` is for people. */
  notConfigured(why: string): void {
    if (this.state.is === "none" && this.state.reason === "notConfigured") return;
    this.#logger.warn(
      `No avatar: ${why} The call is held in the fallback room, and the bot speaks with its microphone.`,
    );
    this.#life.report({ type: "notConfigured" });
  }

  /** A conversation is being created or looked for. */
  opening(): void {
    this.#life.report({ type: "opening" });
  }

  /** The conversation cannot be used, or not any more. */
  failed(reason: AvatarReason, error?: Error): void {
    this.#life.report({ type: "failed", reason, error });
  }

  /** Events of the room arrive from here on: the pal has its time to join. Idempotent. */
  awaitPal(): void {
    if (this.state.is !== "joining" || this.#palTimer !== undefined) return;
    const { palReadyTimeoutMs } = this.#options.options.params;
    this.#palTimer = this.#clock.setTimeout(() => this.#life.report({ type: "palLate" }), palReadyTimeoutMs);
  }

  silent(): void {
    this.#life.report({ type: "palSilent" });
  }

  heard(): void {
    const pal = this.#options.pal();
    if (pal) this.#life.report({ type: "palHeard", sessionId: pal.sessionId });
  }

  /** The call is being closed: from here on nothing changes. Idempotent. */
  close(): void {
    this.#life.close();
    this.#clearTimer();
  }

  #changed({ state, before, lastedMs }: AvatarChange): void {
    this.#clearTimer();
    if (state.is === "absent" || state.is === "failed") this.#warn(state, before);
    this.#options.events.emit("avatarState", state, before, lastedMs);
  }

  #warn(state: Extract<AvatarState, { is: "absent" | "failed" }>, before: AvatarState): void {
    const error = state.is === "failed" && state.error ? { error: toLogText(state.error) } : {};
    const wasInRoom = before.is === "speaking" || before.is === "absent";
    const text = describeFailure(state, this.#options.options.fallback.is, wasInRoom);
    this.#logger.warn(text, { reason: state.reason, before: before.is, ...error });
  }

  #clearTimer(): void {
    this.#clock.clearTimeout(this.#palTimer);
    this.#palTimer = undefined;
  }
}
