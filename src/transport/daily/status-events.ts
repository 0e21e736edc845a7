import type { DailyCall as DailyCallObject, DailyEvent, DailyEventObject } from "@daily-co/daily-js";

import type { CallStatusEvents, TelephonyEventName } from "./call-controls.ts";

/** An event of a call that only reports, as plain data. */
export type StatusEvent = {
  [K in keyof CallStatusEvents]: { readonly name: K; readonly argument: CallStatusEvents[K][0] };
}[keyof CallStatusEvents];

/** daily-js' events of telephones and SIP. */
export const TELEPHONY_EVENTS = Object.keys({
  "dialin-connected": true,
  "dialin-ready": true,
  "dialin-error": true,
  "dialin-stopped": true,
  "dialin-warning": true,
  "dialout-connected": true,
  "dialout-answered": true,
  "dialout-error": true,
  "dialout-stopped": true,
  "dialout-warning": true,
  "dtmf-event": true,
} satisfies Record<TelephonyEventName, true>) as TelephonyEventName[];

/** The names of all of them. */
export const STATUS_EVENTS = Object.keys({
  activeSpeakerChanged: true,
  networkQualityChanged: true,
  networkConnectionChanged: true,
  cpuLoadChanged: true,
  recordingStarted: true,
  recordingStopped: true,
  recordingError: true,
  transcriptionStarted: true,
  transcriptionStopped: true,
  transcriptionError: true,
  transcriptionMessage: true,
  telephonyEvent: true,
} satisfies Record<keyof CallStatusEvents, true>) as [keyof CallStatusEvents, ...(keyof CallStatusEvents)[]];

/** Reports daily-js' events that change nothing in a call. */
export function listenToStatus(call: DailyCallObject, emit: (event: StatusEvent) => void): void {
  call.on("active-speaker-change", ({ activeSpeaker }) => {
    const { peerId } = activeSpeaker as { readonly peerId?: string };
    if (peerId !== undefined) emit({ name: "activeSpeakerChanged", argument: peerId });
  });
  call.on("network-quality-change", ({ networkState, networkStateReasons }) => {
    // The reasons are missing in some versions.
    const reasons = (networkStateReasons as readonly string[] | undefined) ?? [];
    emit({ name: "networkQualityChanged", argument: { state: networkState, reasons } });
  });
  call.on("network-connection", ({ type, event, session_id: sessionId }) => {
    emit({
      name: "networkConnectionChanged",
      argument: { connection: type, event, ...(sessionId !== undefined && { sessionId }) },
    });
  });
  call.on("cpu-load-change", ({ cpuLoadState: state, cpuLoadStateReason: reason }) => {
    emit({ name: "cpuLoadChanged", argument: { state, reason } });
  });
  call.on("recording-started", (event) => {
    emit({ name: "recordingStarted", argument: pick(event, ["instanceId", "recordingId", "type", "startedBy"]) });
  });
  call.on("recording-stopped", (event) => {
    emit({ name: "recordingStopped", argument: pick(event, ["instanceId"]) });
  });
  call.on("recording-error", (event) => {
    emit({ name: "recordingError", argument: { ...pick(event, ["instanceId"]), message: event.errorMsg } });
  });
  call.on("transcription-started", (event) => {
    const argument = pick(event, ["instanceId", "startedBy", "language", "model"]);
    emit({ name: "transcriptionStarted", argument });
  });
  call.on("transcription-stopped", (event) => {
    emit({ name: "transcriptionStopped", argument: pick(event, ["instanceId", "updatedBy"]) });
  });
  call.on("transcription-error", (event) => {
    const message = event.errorMsg ?? "Daily's transcription failed without saying why.";
    emit({ name: "transcriptionError", argument: { ...pick(event, ["instanceId"]), message } });
  });
  call.on("transcription-message", (event) => {
    const timestampMs = new Date(event.timestamp).getTime();
    const argument = {
      sessionId: event.participantId,
      text: event.text,
      ...(Number.isFinite(timestampMs) && { timestampMs }),
      ...pick(event, ["trackType", "rawResponse", "instanceId"]),
    };
    emit({ name: "transcriptionMessage", argument });
  });
  for (const type of TELEPHONY_EVENTS) {
    // "dtmf-event" is missing in the types.
    call.on(type as DailyEvent, (event: DailyEventObject) => {
      const { action: _action, callClientId: _callClientId, ...data } = event as Readonly<Record<string, unknown>>;
      emit({ name: "telephonyEvent", argument: { type, data } });
    });
  }
}

/** The members that are there. */
function pick<T extends object, K extends string>(from: T, names: readonly K[]): Pick<T, K & keyof T> {
  const has = names.filter((name) => (from as Readonly<Record<string, unknown>>)[name] !== undefined);
  return Object.fromEntries(has.map((name) => [name, from[name as unknown as keyof T]])) as Pick<T, K & keyof T>;
}
