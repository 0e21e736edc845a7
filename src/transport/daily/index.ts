export { createDailyCall, type CreateDailyCallOptions, type DailyRuntime } from "./create-daily-call.ts";
export type { MediaProcessMode } from "./native/held-media-process.ts";
export type { MediaPriority } from "./media-priority.ts";
export { prewarmDailyRuntime, type PrewarmOptions, type WarmRuntime } from "./prewarm.ts";
export {
  type AudioCapture,
  type AudioFormat,
  CAMERA,
  type CapturedAudio,
  type CapturedVideo,
  type DailyCall,
  type DailyCallEvents,
  type DailyCallFactory,
  type DailyCallFactoryOptions,
  type CallState,
  type DailyRuntimeName,
  type JoinedMeeting,
  type DailyJoinOptions,
  type LeftReason,
  MICROPHONE,
  type Participant,
  type ParticipantTrack,
  SCREEN_AUDIO,
  SCREEN_VIDEO,
  type TrackSubscription,
  type TrackState,
  type VideoCapture,
  type VideoCaptureOptions,
} from "./daily-call.ts";
export {
  type CallStatusEvents,
  type CpuLoad,
  type DailyCallControls,
  type DailyOptions,
  type InstanceEnded,
  type InstanceError,
  type NetworkConnectionChange,
  type NetworkQuality,
  type ParticipantPermissions,
  type RecordingStarted,
  type RemoteParticipantChange,
  type TelephonyEvent,
  type TelephonyEventName,
  type TelephonyMethod,
  type TranscriptionMessage,
  type TranscriptionStarted,
} from "./call-controls.ts";
export { DailyCallError, type DailyErrorCode } from "./daily-errors.ts";
export type { PublishedPicture, VideoPublishFormat, VideoTrackSink } from "./video-publishing.ts";
export type { CallTimeouts } from "./hosted-daily-call.ts";
