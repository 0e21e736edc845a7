import type { DailyParticipant, DailyTrackState } from "@daily-co/daily-js";

import type { Participant, ParticipantTrack } from "./daily-call.ts";

const STANDARD = new Set(["audio", "video", "screenAudio", "screenVideo", "rmpAudio", "rmpVideo"]);

function view(track: DailyTrackState | undefined, kind: "audio" | "video"): ParticipantTrack {
  return { kind, state: track?.state ?? "off", subscribed: track?.subscribed ?? false };
}

/** daily-js' participant as plain data: no tracks, nothing that could not cross a socket. */
export function participantView(participant: DailyParticipant): Participant {
  const { tracks } = participant;
  const custom: Record<string, ParticipantTrack> = {};
  for (const [name, track] of Object.entries(tracks)) {
    if (track && !STANDARD.has(name)) {
      const kind = (track as DailyTrackState & { kind?: "audio" | "video" }).kind;
      custom[name] = view(track, (kind ?? track.persistentTrack?.kind) === "video" ? "video" : "audio");
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
    microphone: view(tracks.audio, "audio"),
    camera: view(tracks.video, "video"),
    screenAudio: view(tracks.screenAudio, "audio"),
    screenVideo: view(tracks.screenVideo, "video"),
    custom,
  };
}
