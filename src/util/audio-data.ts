/**
 * 10 ms of PCM, as WebRTC in Node delivers and accepts it. In its own file: the module's other types need the DOM
 * library.
 */
export interface AudioData {
  /** The samples, interleaved by channel. */
  readonly samples: Int16Array;
  /** The sample rate in Hz. */
  readonly sampleRate: number;
  /** The size of a sample in bits. */
  readonly bitsPerSample: 16;
  /** The number of channels. */
  readonly channelCount: number;
  /** The number of samples per channel. */
  readonly numberOfFrames: number;
}
