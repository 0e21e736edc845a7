import type { DailyParticipant, DailyTrackState } from "@daily-co/daily-js";

import type { Participant, ParticipantTrack } from "./daily-call.ts";

const STANDARD = new Set(["audio", "video", "screenAudio", "screenVideo", "rmpAudio", "rmpVideo"]);

function toTrack(track: DailyTrackState | undefined, kind: "audio" | "video"): ParticipantTrack {
  return { kind, state: track?.state ?? "off", subscribed: track?.subscribed ?? false };
}

/** Converts a participant of daily-js to plain data that can cross a socket. */
export function toParticipant(participant: DailyParticipant): Participant {
  const { tracks } = participant;
  const custom: Record<string, ParticipantTrack> = {};
  for (const [name, track] of Object.entries(tracks)) {
    if (track && !STANDARD.has(name)) {
      const kind = (track as DailyTrackState & { kind?: "audio" | "video" }).kind;
      custom[name] = toTrack(track, (kind ?? track.persistentTrack?.kind) === "video" ? "video" : "audio");
    }
  }
  return {
    sessionId: participant.session_id,
    userId: participant.user_id,
    userName: participant.user_name,
    local: participant.local,
    owner: participant.owner,
    ...(participant.userData !== undefined && { userData: participant.userData }),
    ...(participant.joined_at && { joinedAtMs: participant.joined_at.getTime() }),
    microphone: toTrack(tracks.audio, "audio"),
    camera: toTrack(tracks.video, "video"),
    screenAudio: toTrack(tracks.screenAudio, "audio"),
    screenVideo: toTrack(tracks.screenVideo, "video"),
    custom,
  };
}
