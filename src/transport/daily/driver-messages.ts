import type { DailyJoinOptions, LeftReason, Participant, TrackSubscription } from "./daily-call.ts";
import type { ParsedVideoPublishFormat } from "./video-publishing.ts";
import type { CallControls } from "./call-controls.ts";
import type { StatusEvent } from "./status-events.ts";
import type { DailyErrorCode } from "./daily-errors.ts";

/** The requests of a call driver, in either runtime. In the chromium runtime they cross a socket as JSON. */
export interface DriverRequests {
  join: [
    options: DailyJoinOptions & { readonly bundlePath?: string; readonly jitterBuffer?: boolean },
    result: { sessionId: string; maxAppMessageSize: number },
  ];
  leave: [none: undefined, result: undefined];
  sendAppMessage: [message: { readonly data: unknown; readonly to: string }, result: undefined];
  subscribe: [change: { readonly sessionId: string; readonly subscription: TrackSubscription }, result: undefined];
  publish: [
    source: { readonly trackName: string; readonly sampleRate: number; readonly sinkId: number },
    result: undefined,
  ];
  unpublish: [source: { readonly trackName: string; readonly sinkId: number }, result: undefined];
  publishVideo: [
    source: { readonly trackName: string; readonly format: ParsedVideoPublishFormat; readonly sinkId: number },
    result: undefined,
  ];
  unpublishVideo: [source: { readonly trackName: string; readonly sinkId: number }, result: undefined];
  capture: [
    target: { readonly sessionId: string; readonly trackName: string; readonly captureId: number },
    result: undefined,
  ];
  stopCapture: [target: { readonly captureId: number }, result: undefined];
  control: [request: ControlRequestOf, result: unknown];
  destroy: [none: undefined, result: undefined];
}
/** A request that daily-js gets as it is. */
export type ControlRequestOf = {
  [C in keyof CallControls]: { readonly control: C; readonly argument: CallControls[C][0] };
}[keyof CallControls];
export type DriverMethod = keyof DriverRequests;

/** What a call driver reports by itself. */
export type DriverEvent =
  | { readonly type: "participantJoined" | "participantUpdated" | "participantLeft"; readonly participant: Participant }
  | { readonly type: "appMessage"; readonly data: unknown; readonly from: string }
  | ({ readonly type: "status" } & StatusEvent)
  | { readonly type: "left"; readonly reason: LeftReason; readonly message: string }
  | { readonly type: "warning"; readonly message: string };

/** A failure as plain data, since an Error cannot leave a page. */
export interface DriverFailure {
  readonly code: DailyErrorCode;
  readonly message: string;
}
