export { createDailyCall, type CreateDailyCallOptions, type DailyRuntime } from "./create-daily-call.ts";
export {
  type AudioCapture,
  type AudioFormat,
  type CapturedAudio,
  type DailyCall,
  type DailyCallEvents,
  type DailyCallFactory,
  type DailyRuntimeName,
  type JoinedMeeting,
  type JoinOptions,
  type LeftReason,
  MICROPHONE,
  type Participant,
  type ParticipantTrack,
  type Subscription,
  type TrackState,
} from "./daily-call.ts";
export { DailyCallError, type DailyErrorCode } from "./daily-errors.ts";
