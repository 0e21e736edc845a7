export {
  AudioRecorder,
  type AudioRecorderEvents,
  type AudioRecorderOptions,
  type RecordedChunk,
} from "./audio-recorder.ts";
export { type RecordedTracks } from "./recording.ts";
export { type OpenRecordingSink, RecordingError, type RecordingFormat, type RecordingSink } from "./recording-sink.ts";
export { type RecordedTurn } from "./turn-audio.ts";
export { wavFile } from "./wav-file.ts";
