import { i420Bytes, type Picture } from "../picture.ts";
import {
  MEDIA_HEAD_BYTES,
  MEDIA_MESSAGE,
  PLAYED_REPORT_BYTES,
  type PlayedReport,
  readMediaHead,
  readPlayedReport,
} from "./media-messages.ts";

/** A media message of the far side. */
export type ReceivedMedia =
  | { readonly type: "played"; readonly sinkId: number; readonly generation: number; readonly report: PlayedReport }
  | { readonly type: "captured"; readonly captureId: number; readonly pcm: Int16Array }
  | { readonly type: "taken"; readonly sinkId: number; readonly wasShown: boolean }
  | { readonly type: "picture"; readonly captureId: number; readonly picture: Picture };

/** Parses a media message; undefined when it is none that the far side may send. */
export function parseReceivedMedia(raw: Buffer): ReceivedMedia | undefined {
  const restBytes = raw.byteLength - MEDIA_HEAD_BYTES;
  if (restBytes < 0) return undefined;
  const { type, id, third } = readMediaHead(new DataView(raw.buffer, raw.byteOffset, MEDIA_HEAD_BYTES));
  switch (type) {
    case MEDIA_MESSAGE.played: {
      if (raw.byteLength !== PLAYED_REPORT_BYTES) return undefined;
      const report = readPlayedReport(new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
      return Number.isFinite(report.wallMs) ? { type: "played", sinkId: id, generation: third, report } : undefined;
    }
    case MEDIA_MESSAGE.captured:
      return restBytes % 2 === 0 ? { type: "captured", captureId: id, pcm: pcmOf(raw) } : undefined;
    case MEDIA_MESSAGE.taken:
      return restBytes === 0 ? { type: "taken", sinkId: id, wasShown: third === 1 } : undefined;
    case MEDIA_MESSAGE.picture: {
      const size = { width: third >>> 16, height: third & 0xffff };
      if (restBytes !== i420Bytes(size)) return undefined;
      const image = new Uint8Array(raw.buffer, raw.byteOffset + MEDIA_HEAD_BYTES, restBytes);
      return { type: "picture", captureId: id, picture: { image, ...size } };
    }
    default:
      return undefined;
  }
}

/** The PCM after the head of a media message: a view where the bytes are aligned, else a copy. */
export function pcmOf(raw: Buffer): Int16Array {
  const start = raw.byteOffset + MEDIA_HEAD_BYTES;
  const length = (raw.byteLength - MEDIA_HEAD_BYTES) >> 1;
  if (start % 2 === 0) return new Int16Array(raw.buffer, start, length);
  return new Int16Array(raw.buffer.slice(start, start + length * 2));
}
