import type { Participant, ParticipantTrack } from "../transport/daily/daily-call.ts";

/** Properties of a participant in a {@link ScriptedDailyCall}. */
export interface ScriptedParticipant {
  /** Name of the participant. */
  readonly userName: string;
  /** Session id. Default: generated from a counter. */
  readonly sessionId?: string;
  /** User id. Default: the session id, as Daily does without a meeting token. */
  readonly userId?: string;
  /** Whether the participant owns the room. Default false. */
  readonly owner?: boolean;
  /** The participant's user data. Default: none. */
  readonly userData?: unknown;
  /** Whether the microphone is on. Default true. */
  readonly microphone?: boolean;
  /** Whether the camera is on. Default false. */
  readonly camera?: boolean;
  /** Names of custom audio tracks. Default: none. */
  readonly customTracks?: readonly string[];
}

function audioTrack(sending: boolean): ParticipantTrack {
  return { kind: "audio", state: sending ? "sendable" : "off", subscribed: false };
}

function videoTrack(sending: boolean): ParticipantTrack {
  return { ...audioTrack(sending), kind: "video" };
}

/** Creates a participant with defaults for everything the script leaves out. */
export function createScriptedParticipant(script: ScriptedParticipant, sessionId: string): Participant {
  return {
    sessionId,
    userId: script.userId ?? sessionId,
    userName: script.userName,
    local: false,
    owner: script.owner ?? false,
    ...(script.userData === undefined ? {} : { userData: script.userData }),
    microphone: audioTrack(script.microphone ?? true),
    camera: videoTrack(script.camera ?? false),
    screenAudio: audioTrack(false),
    screenVideo: videoTrack(false),
    custom: Object.fromEntries((script.customTracks ?? []).map((name) => [name, audioTrack(true)])),
  };
}
