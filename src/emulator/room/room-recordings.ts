import { randomUUID } from "node:crypto";

import type { Clock } from "../../util/clock.ts";
import type { ClientMessage, RecordingInfo } from "./protocol.ts";

type StartRequest = Extract<ClientMessage, { type: "start-recording" }>;

/** Daily's id of a recording that was started without one (docs.daily.co, "recording-started"). */
const DEFAULT_INSTANCE = "00000000-0000-4000-8000-000000000000";
const MOST_AT_ONCE = 20;

/** A rejected recording request; `instanceId` identifies the recording. */
export class RecordingRefusal extends Error {
  readonly instanceId: string;

  constructor(instanceId: string, message: string) {
    super(message);
    this.name = "RecordingRefusal";
    this.instanceId = instanceId;
  }
}

/** A room's running recordings. Only their start and stop are emulated: nothing is recorded. */
export class RoomRecordings {
  readonly #clock: Clock;
  readonly #running = new Map<string, RecordingInfo>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get running(): readonly RecordingInfo[] {
    return [...this.#running.values()];
  }

  /** Throws a {@link RecordingRefusal}. */
  start(startedBy: string, request: StartRequest, isEnabled: boolean): RecordingInfo {
    const { instanceId = DEFAULT_INSTANCE, recordingType: type = "cloud", layout = { preset: "default" } } = request;
    const refuse = (message: string): never => {
      throw new RecordingRefusal(instanceId, message);
    };
    if (type === "local") return refuse("The local room does not support recordings of type local.");
    if (!isEnabled) {
      return refuse(
        "Recording is not enabled in this room: create the conversation with properties.enable_recording, or the room with enableRecording.",
      );
    }
    if (this.#running.has(instanceId)) return refuse("This recording runs already.");
    if (this.#running.size >= MOST_AT_ONCE) return refuse(`At most ${MOST_AT_ONCE} recordings run at a time.`);
    const startedAtMs = this.#clock.wallMs();
    const recording = { instanceId, recordingId: randomUUID(), type, startedBy, layout, startedAtMs };
    this.#running.set(instanceId, recording);
    return recording;
  }

  /** Stops a recording; undefined when none is running. */
  stop(instanceId = DEFAULT_INSTANCE): RecordingInfo | undefined {
    const recording = this.#running.get(instanceId);
    this.#running.delete(instanceId);
    return recording;
  }
}
