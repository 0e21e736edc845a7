import { open, type FileHandle } from "node:fs/promises";

import { encodeWav } from "../../audio/index.ts";
import type { OpenRecordingSink, RecordingFormat, RecordingSink } from "./recording-sink.ts";

const RIFF_SIZE_AT = 4;
const DATA_SIZE_AT = 40;
/** Limit of the format's 32-bit size. Most programs still read a longer file to its end. */
const MAX_SIZE = 0xffff_ffff;

/**
 * Records to a WAV file; an existing file is overwritten. The header is updated with every piece, so the file can be
 * played while it grows and after a crash. `path` may be a function of the recording's number; otherwise a second
 * recording of the same recorder is written to "name-2.wav".
 */
export function wavFile(path: string | ((recording: number) => string)): OpenRecordingSink {
  return async (format) => {
    const name = typeof path === "function" ? path(format.recording) : addNumber(path, format.recording);
    const file = await open(name, "w");
    const header = encodeWav(new Int16Array(0), format);
    try {
      await file.write(header, 0, header.length, 0);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    return new WavFile(file, header.length, format);
  };
}

class WavFile implements RecordingSink {
  readonly #file: FileHandle;
  readonly #headerBytes: number;
  readonly #frameBytes: number;
  readonly #size = Buffer.alloc(4);
  #dataBytes = 0;

  constructor(file: FileHandle, headerBytes: number, { channels }: RecordingFormat) {
    this.#file = file;
    this.#headerBytes = headerBytes;
    this.#frameBytes = channels * 2;
  }

  async write(audio: Int16Array): Promise<void> {
    const bytes = new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength);
    const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, this.#headerBytes + this.#dataBytes);
    // A full disk may take only a part; half a frame would swap the channels of everything after it.
    this.#dataBytes += bytesWritten - (bytesWritten % this.#frameBytes);
    await this.#writeSize(DATA_SIZE_AT, this.#dataBytes);
    await this.#writeSize(RIFF_SIZE_AT, this.#dataBytes + this.#headerBytes - 8);
    if (bytesWritten < bytes.length) throw new Error(`Only ${bytesWritten} of ${bytes.length} bytes were written.`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #writeSize(at: number, size: number): Promise<void> {
    this.#size.writeUInt32LE(Math.min(size, MAX_SIZE), 0);
    await this.#file.write(this.#size, 0, 4, at);
  }
}

function addNumber(path: string, recording: number): string {
  return recording === 1 ? path : path.replace(/(\.[^./\\]*)?$/, (extension) => `-${recording}${extension}`);
}
