import { randomUUID } from "node:crypto";

import { WebSocket as NodeWebSocket } from "ws";

import { AudioTicker } from "../../src/audio/audio-ticker.ts";
import { TICK_MS } from "../../src/audio/tick-schedule.ts";
import { RoomClient } from "../../src/emulator/room/room-client.ts";
import type { AudioData } from "../../src/util/audio-data.ts";
import { systemClock } from "../../src/util/clock.ts";
import { loadWrtc, type RtcAudioSource } from "../../src/util/wrtc.ts";
import { serve } from "../lib/child.ts";
import { raisePriority } from "../lib/raise-priority.ts";
import { babble } from "../lib/sound.ts";

// The users of all rooms, in one process: each speaks without a pause and receives nothing, without daily-js. Their cost is not
// the bots', and has to be small, because it is taken from the same cores.

export type UsersRequests = {
  join: [argument: { readonly conversationId: string; readonly url: string }, answer: undefined];
  leave: [argument: { readonly conversationId: string }, answer: undefined];
};

const SAMPLE_RATE = 16_000;
/** A whole number of periods and of syllables: it can be repeated. */
const LOOP_MS = 500;

raisePriority();
const wrtc = loadWrtc();

/** Sends 20 ms per packet, as people's browsers do in Daily's rooms, although the emulator's rooms ask for 10. */
class UsualPackets extends wrtc.RTCPeerConnection {
  override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    return super.setRemoteDescription({
      ...description,
      sdp: (description.sdp ?? "").replaceAll("a=ptime:10\r\n", ""),
    });
  }
}
const ticker = new AudioTicker(systemClock);
const frames = (SAMPLE_RATE * TICK_MS) / 1000;
const speech = babble(LOOP_MS, SAMPLE_RATE);

interface User {
  readonly room: RoomClient;
  readonly speak: () => void;
}

const users = new Map<string, User>();

/** Speaks from `offset` on: not all users say the same at the same time. */
function speaking(source: RtcAudioSource, offset: number): () => void {
  let at = (offset * frames) % speech.length;
  return () => {
    const samples = speech.subarray(at, at + frames);
    at = (at + frames) % speech.length;
    source.onData({
      samples: samples.slice(),
      sampleRate: SAMPLE_RATE,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames: frames,
    } satisfies AudioData);
  };
}

function leave(conversationId: string): void {
  const user = users.get(conversationId);
  users.delete(conversationId);
  if (!user) return;
  ticker.remove(user.speak);
  user.room.leave();
}

serve<UsersRequests>(
  {
    async join({ conversationId, url }) {
      const WebSocket = NodeWebSocket as unknown as typeof globalThis.WebSocket;
      const room = new RoomClient(
        { RTCPeerConnection: UsualPackets, MediaStream: wrtc.MediaStream, WebSocket },
        (error) => console.error(error),
      );
      const source = new wrtc.nonstandard.RTCAudioSource();
      room.publish("cam-audio", { track: source.createTrack(), on: true });
      await room.join({ url, sessionId: randomUUID(), userName: "Bench user" });
      const speak = speaking(source, users.size * 7);
      ticker.add(speak);
      users.set(conversationId, { room, speak });
      return undefined;
    },
    leave({ conversationId }) {
      leave(conversationId);
      return undefined;
    },
  },
  () => {
    for (const id of [...users.keys()]) leave(id);
    return Promise.resolve();
  },
);
