import { TavusTransportError } from "../util/errors.ts";

/** Decoded audio of a WAV file. */
export interface WavAudio {
  /** Mono signed 16-bit PCM; several channels are mixed down. */
  readonly pcm: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
}

/** Thrown when bytes are not a supported WAV file; the message says why. */
export class WavFormatError extends TavusTransportError {
  /** Machine-readable code of the error. */
  readonly code = "badWav";
}

const HEADER_BYTES = 44;
const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;

/** Encodes interleaved signed 16-bit PCM as a WAV file. `sampleRate` is in Hz; `channels` defaults to 1. */
export function encodeWav(
  pcm: Int16Array,
  { sampleRate, channels = 1 }: { sampleRate: number; channels?: number },
): Buffer {
  const file = Buffer.alloc(HEADER_BYTES + pcm.byteLength);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(FORMAT_PCM, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * channels * 2, 28);
  file.writeUInt16LE(channels * 2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(pcm.byteLength, 40);
  file.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), HEADER_BYTES);
  return file;
}

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
}

/** Reads the sample at a byte offset and converts it to 16 bits. */
type ReadSample = (view: DataView, at: number) => number;

function clampToInt16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}

const READERS: Readonly<Record<string, ReadSample>> = {
  // WAV's 8-bit samples are unsigned, all others signed.
  [`${FORMAT_PCM}/8`]: (view, at) => (view.getUint8(at) - 128) << 8,
  [`${FORMAT_PCM}/16`]: (view, at) => view.getInt16(at, true),
  [`${FORMAT_PCM}/24`]: (view, at) => view.getInt16(at + 1, true),
  [`${FORMAT_PCM}/32`]: (view, at) => view.getInt32(at, true) >> 16,
  [`${FORMAT_FLOAT}/32`]: (view, at) => clampToInt16(view.getFloat32(at, true) * 32_767),
  [`${FORMAT_FLOAT}/64`]: (view, at) => clampToInt16(view.getFloat64(at, true) * 32_767),
};

/**
 * Decodes a WAV file: integer samples of 8, 16, 24 or 32 bits or floats of 32 or 64 bits, at 1000 to 384000 Hz, with
 * any number of channels.
 *
 * @throws WavFormatError for bytes that are not such a file.
 */
export function decodeWav(file: Uint8Array): WavAudio {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || readTag(view, 0) !== "RIFF" || readTag(view, 8) !== "WAVE")
    throw new WavFormatError("Not a WAV file: it does not begin with RIFF and WAVE.");

  let format: Format | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const tag = readTag(view, at);
    // A recorder that was cut off leaves a length of 0 or one that is too large: read the rest of the file.
    const declared = view.getUint32(at + 4, true);
    const length = Math.min(declared, file.length - at - 8);
    if (tag === "fmt ") format = readFormat(view, at + 8, length);
    if (tag === "data") {
      if (!format) throw new WavFormatError("The data of the WAV file precedes its format.");
      return readSamples(view, at + 8, length === 0 ? file.length - at - 8 : length, format);
    }
    at += 8 + length + (length % 2);
  }
  throw new WavFormatError("The WAV file contains no audio data.");
}

function readTag(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

function readFormat(view: DataView, at: number, length: number): Format {
  if (length < 16) throw new WavFormatError("The format of the WAV file is truncated.");
  const declared = view.getUint16(at, true);
  // The extensible form keeps the real format in the first two bytes of a GUID.
  const code = declared === FORMAT_EXTENSIBLE && length >= 26 ? view.getUint16(at + 24, true) : declared;
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  if (channels < 1 || sampleRate < 1000 || sampleRate > 384_000)
    throw new WavFormatError(`The format of the WAV file is invalid: ${channels} channels at ${sampleRate} Hz.`);

  return { code, channels, sampleRate, bits };
}

function readSamples(
  view: DataView,
  start: number,
  length: number,
  { code, channels, sampleRate, bits }: Format,
): WavAudio {
  const read = READERS[`${code}/${bits}`];
  if (!read)
    throw new WavFormatError(`WAV format ${code} with ${bits} bits is not supported; convert the file to 16-bit PCM.`);
  const bytes = bits / 8;
  const frames = Math.floor(length / (bytes * channels));
  const pcm = new Int16Array(frames);
  if (code === FORMAT_PCM && bits === 16 && channels === 1) {
    // The usual case, often minutes of music: copying sample by sample would block the event loop for long.
    new Uint8Array(pcm.buffer).set(new Uint8Array(view.buffer, view.byteOffset + start, pcm.byteLength));
    return { pcm, sampleRate };
  }
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += read(view, start + (frame * channels + channel) * bytes);
    pcm[frame] = sum / channels;
  }
  return { pcm, sampleRate };
}
