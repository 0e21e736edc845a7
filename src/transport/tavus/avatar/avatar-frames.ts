import { type AvatarMeasurement, AvatarStateFrame, type Frame } from "../../../frames/index.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";
import type { AvatarState } from "./avatar-state.ts";

export interface AvatarFramesHost {
  /** Whether this end of the transport pushes the frames of the room. */
  pushesRoomFrames(): boolean;
  broadcast(make: () => Frame): void;
  measured(measurement: AvatarMeasurement): void;
}

/** Pushes the avatar's state into the pipeline: from the start on, each change once, with its measurement. */
export class AvatarFrames {
  readonly #host: AvatarFramesHost;
  readonly #client: TavusTransportClient;
  /** The state that the pipeline knows; undefined before the start. */
  #known: AvatarState | undefined;

  constructor(client: TavusTransportClient, host: AvatarFramesHost) {
    this.#client = client;
    this.#host = host;
    client.events.on("avatarState", (state, before, lastedMs) => {
      if (this.#known === undefined || !host.pushesRoomFrames()) return;
      host.measured({ state: before.is, valueMs: lastedMs, next: state.is, reason: toReason(state) });
      this.#push(state, before);
    });
  }

  /** The pipeline has started. What changed before is one change. Idempotent. */
  start(): void {
    if (this.#known !== undefined || !this.#host.pushesRoomFrames()) return;
    this.#push(this.#client.avatar, { is: "none", reason: "notStarted" });
  }

  #push(state: AvatarState, before: AvatarState): void {
    this.#known = state;
    this.#host.broadcast(() => new AvatarStateFrame(state, before));
  }
}

function toReason(state: AvatarState): AvatarMeasurement["reason"] {
  return "reason" in state ? state.reason : undefined;
}
