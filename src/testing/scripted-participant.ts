import type { Participant, ParticipantTrack } from "../transport/daily/daily-call.ts";

/** What a test says of a participant; the rest gets plain defaults. */
export interface ScriptedParticipant {
  readonly userName: string;
  /** Default: one made from a counter. Reusing one is up to the test. */
  readonly sessionId?: string;
  /** Default: the session id, as Daily does without a meeting token. */
  readonly userId?: string;
  readonly owner?: boolean;
  readonly userData?: unknown;
  /** Whether the microphone sends. Default true. */
  readonly microphone?: boolean;
  /** Whether the camera is on. Default false. */
  readonly camera?: boolean;
  /** Names of custom audio tracks. */
  readonly customTracks?: readonly string[];
}

function audioTrack(sending: boolean): ParticipantTrack {
  return { kind: "audio", state: sending ? "sendable" : "off", subscribed: false };
}

function videoTrack(sending: boolean): ParticipantTrack {
  return { ...audioTrack(sending), kind: "video" };
}

export function scriptedParticipant(script: ScriptedParticipant, sessionId: string): Participant {
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
