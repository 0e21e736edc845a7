/** Lengths of an audio packet that can be asked for, in milliseconds. */
export const PACKET_TIMES_MS = [10, 20] as const;

/** The length of an audio packet, in milliseconds. */
export type PacketTimeMs = (typeof PACKET_TIMES_MS)[number];

const OPUS = /^a=rtpmap:\d+ opus\/48000.*(\r?\n)/im;
const PACKET_TIME = /^a=ptime:.*(\r?\n|$)/gim;

/**
 * A remote description in which the other side prefers Opus packets of this length: senders take it from there. Everything
 * else, and a section whose longest packet is shorter, stays as it is.
 */
export function withPacketTime(sdp: string, packetTimeMs: PacketTimeMs): string {
  return sdp
    .split(/^(?=m=)/m)
    .map((section) => (mayHavePacketTime(section, packetTimeMs) ? addPacketTime(section, packetTimeMs) : section))
    .join("");
}

function mayHavePacketTime(section: string, packetTimeMs: PacketTimeMs): boolean {
  if (!section.startsWith("m=audio ") || !OPUS.test(section)) return false;
  const longestMs = Number(/^a=maxptime:(\d+)/im.exec(section)?.[1] ?? Infinity);
  return packetTimeMs <= longestMs;
}

function addPacketTime(section: string, packetTimeMs: PacketTimeMs): string {
  return section.replace(PACKET_TIME, "").replace(OPUS, (line, end: string) => `${line}a=ptime:${packetTimeMs}${end}`);
}

let wanted: PacketTimeMs | undefined;

/** Sets the packet time of the connections of this page or process, in their next negotiation; undefined: as others ask for. */
export function wantPacketTime(packetTimeMs: PacketTimeMs | undefined): void {
  wanted = packetTimeMs;
}

/** The same class of connections, which send audio in the packets that {@link wantPacketTime} has set. */
export function withWantedPacketTime(Connection: typeof RTCPeerConnection): typeof RTCPeerConnection {
  return class extends Connection {
    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      const { type, sdp } = description;
      if (wanted === undefined || !sdp) return super.setRemoteDescription(description);
      return super.setRemoteDescription({ type, sdp: withPacketTime(sdp, wanted) });
    }
  };
}
