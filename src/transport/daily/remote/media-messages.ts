import { i420Bytes, type Size } from "../picture.ts";

/**
 * The binary messages between the bot's process and the place of a call's media (the media process, or a page of the chromium
 * runtime): a 12-byte head (type, id, and a third number whose meaning depends on the type; all little endian), then PCM or a
 * picture where there is one.
 *
 * | type     | way          | id      | third number                    | rest                    |
 * | -------- | ------------ | ------- | ------------------------------- | ----------------------- |
 * | pcm      | bot → media  | sink    | generation                      | signed 16-bit PCM       |
 * | flush    | bot → media  | sink    | the new generation              |                         |
 * | played   | media → bot  | sink    | generation                      | {@link PlayedReport}    |
 * | captured | media → bot  | capture | sample rate                     | signed 16-bit PCM, mono |
 * | want     | bot → media  | capture | maximum width; 0: no more       |                         |
 * | picture  | media → bot  | capture | width × 65536 + height          | I420                    |
 * | show     | bot → media  | sink    | width × 65536 + height          | time in µs, then I420   |
 * | taken    | media → bot  | sink    | 1: shown, 0: dropped            |                         |
 *
 * Video takes the same way: a picture is only sent when the other side wants one or has taken those before, so there are
 * never more than two per capture or sink.
 */
export const MEDIA_MESSAGE = {
  pcm: 1,
  flush: 2,
  played: 3,
  captured: 4,
  want: 5,
  picture: 6,
  show: 7,
  taken: 8,
} as const;
export const MEDIA_HEAD_BYTES = 12;

export interface MediaHead {
  readonly type: number;
  readonly id: number;
  readonly third: number;
}

export function writeMediaHead(view: DataView, { type, id, third }: MediaHead): void {
  view.setUint32(0, type, true);
  view.setUint32(4, id, true);
  view.setUint32(8, third, true);
}

export function readMediaHead(view: DataView): MediaHead {
  return { type: view.getUint32(0, true), id: view.getUint32(4, true), third: view.getUint32(8, true) };
}

/** What the far side has played of a generation, in samples (Uint32), and when that was, in ms since 1970 (Float64). */
export interface PlayedReport {
  readonly samples: number;
  readonly wallMs: number;
}

export const PLAYED_REPORT_BYTES = MEDIA_HEAD_BYTES + 12;

export function writePlayedReport(view: DataView, { samples, wallMs }: PlayedReport): void {
  view.setUint32(MEDIA_HEAD_BYTES, samples, true);
  view.setFloat64(MEDIA_HEAD_BYTES + 4, wallMs, true);
}

export function readPlayedReport(view: DataView): PlayedReport {
  return {
    samples: view.getUint32(MEDIA_HEAD_BYTES, true),
    wallMs: view.getFloat64(MEDIA_HEAD_BYTES + 4, true),
  };
}

/** Bytes of the head of a picture to show: a multiple of four. */
export const SHOW_HEAD_BYTES = MEDIA_HEAD_BYTES + 8;

/** Bytes of a whole message with a picture to show. */
export function pictureMessageBytes(size: Size): number {
  return SHOW_HEAD_BYTES + i420Bytes(size);
}

/** The head of a picture to show. */
export interface ShowHead extends Size {
  readonly id: number;
  /** When it was written, on the bot's monotonic clock. */
  readonly timestampUs: number;
}

export function writeShowHead(message: Uint8Array, { id, width, height, timestampUs }: ShowHead): void {
  const view = new DataView(message.buffer, message.byteOffset, SHOW_HEAD_BYTES);
  writeMediaHead(view, { type: MEDIA_MESSAGE.show, id, third: width * 0x1_0000 + height });
  view.setFloat64(MEDIA_HEAD_BYTES, timestampUs, true);
}

export function readShowHead(view: DataView): ShowHead {
  const { id, third } = readMediaHead(view);
  return { id, width: third >>> 16, height: third & 0xffff, timestampUs: view.getFloat64(MEDIA_HEAD_BYTES, true) };
}
