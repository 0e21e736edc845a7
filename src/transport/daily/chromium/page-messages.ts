import { z } from "zod";

import { STATUS_EVENTS } from "../status-events.ts";
import { i420Bytes, type Picture } from "../picture.ts";
import {
  AUDIO_HEAD_BYTES,
  AUDIO_MESSAGE,
  type ControlAnswer,
  PLAYED_REPORT_BYTES,
  type PlayedReport,
  readAudioHead,
  readPlayedReport,
} from "./bridge-messages.ts";

// Messages of a page are checked before they are used: a page also has what strangers in the room sent, and nothing that goes
// wrong in it may throw in the socket's listener, which would end the bot's process.

const participantEvent = z.looseObject({
  type: z.enum(["participantJoined", "participantUpdated", "participantLeft"]),
  participant: z.looseObject({ sessionId: z.string() }),
});
const controlAnswer = z.union([
  z.object({
    event: z.discriminatedUnion("type", [
      participantEvent,
      z.looseObject({ type: z.literal("appMessage"), from: z.string() }),
      z.looseObject({ type: z.literal("status"), name: z.enum(STATUS_EVENTS), argument: z.unknown() }),
      z.looseObject({ type: z.enum(["left", "warning"]), message: z.string() }),
    ]),
  }),
  z.object({ id: z.int(), failure: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ id: z.int(), result: z.unknown().optional() }),
]);

/** Parses a message of the control socket; undefined when it is not a {@link ControlAnswer}. */
export function parseControlAnswer(raw: Buffer): ControlAnswer | undefined {
  try {
    return controlAnswer.parse(JSON.parse(raw.toString("utf8"))) as ControlAnswer;
  } catch {
    return undefined;
  }
}

export type PageMedia =
  | { readonly type: "played"; readonly sinkId: number; readonly generation: number; readonly report: PlayedReport }
  | { readonly type: "captured"; readonly captureId: number; readonly pcm: Int16Array }
  | { readonly type: "taken"; readonly sinkId: number; readonly wasShown: boolean }
  | { readonly type: "picture"; readonly captureId: number; readonly picture: Picture };

/** Parses a message of the audio socket; undefined when it is none that a page may send. */
export function parsePageMedia(raw: Buffer): PageMedia | undefined {
  const restBytes = raw.byteLength - AUDIO_HEAD_BYTES;
  if (restBytes < 0) return undefined;
  const { type, id, third } = readAudioHead(new DataView(raw.buffer, raw.byteOffset, AUDIO_HEAD_BYTES));
  switch (type) {
    case AUDIO_MESSAGE.played: {
      if (raw.byteLength !== PLAYED_REPORT_BYTES) return undefined;
      const report = readPlayedReport(new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
      return Number.isFinite(report.wallMs) ? { type: "played", sinkId: id, generation: third, report } : undefined;
    }
    case AUDIO_MESSAGE.captured:
      return restBytes % 2 === 0 ? { type: "captured", captureId: id, pcm: toSamples(raw) } : undefined;
    case AUDIO_MESSAGE.taken:
      return restBytes === 0 ? { type: "taken", sinkId: id, wasShown: third === 1 } : undefined;
    case AUDIO_MESSAGE.picture: {
      const size = { width: third >>> 16, height: third & 0xffff };
      if (restBytes !== i420Bytes(size)) return undefined;
      const image = new Uint8Array(raw.buffer, raw.byteOffset + AUDIO_HEAD_BYTES, restBytes);
      return { type: "picture", captureId: id, picture: { image, ...size } };
    }
    default:
      return undefined;
  }
}

/** The PCM after the head: a view where the bytes are aligned, else a copy. */
function toSamples(raw: Buffer): Int16Array {
  const start = raw.byteOffset + AUDIO_HEAD_BYTES;
  const length = (raw.byteLength - AUDIO_HEAD_BYTES) >> 1;
  if (start % 2 === 0) return new Int16Array(raw.buffer, start, length);
  return new Int16Array(raw.buffer.slice(start, start + length * 2));
}
