/** The rate of Opus' RTP clock, and of what its decoder makes here, in Hz. */
export const OPUS_RATE = 48_000;

/** A packet of one or two bytes has no sound: it begins a silence for which the sender sends nothing. */
const SILENCE_AT_MOST_BYTES = 2;

/** The lengths of the frames of each mode (RFC 6716, table 2), in samples of {@link OPUS_RATE}. */
const SILK = [480, 960, 1920, 2880] as const;
const HYBRID = [480, 960] as const;
const CELT = [120, 240, 480, 960] as const;

function countFrames(packet: Uint8Array): number {
  const code = (packet[0] ?? 0) & 3;
  if (code === 3) return (packet[1] ?? 1) & 63;
  return code === 0 ? 1 : 2;
}

/** What the first bytes of an Opus packet say of it. */
export function readOpusHead(packet: Uint8Array): { readonly samples: number; readonly isSilence: boolean } {
  const mode = (packet[0] ?? 0) >> 3;
  const celt = CELT[mode & 3] ?? 960;
  const frame = mode < 12 ? (SILK[mode & 3] ?? 960) : mode < 16 ? (HYBRID[mode & 1] ?? 960) : celt;
  return { samples: frame * countFrames(packet), isSilence: packet.length <= SILENCE_AT_MOST_BYTES };
}
