/**
 * 10 ms of PCM, as WebRTC in Node delivers and accepts it. In its own file: the module's other types need the DOM
 * library.
 */
export interface AudioData {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly bitsPerSample: 16;
  readonly channelCount: number;
  readonly numberOfFrames: number;
}
