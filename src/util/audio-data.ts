/** 10 ms of PCM as WebRTC in Node gives and takes it. Apart from the module's other types, which need the DOM library. */
export interface AudioData {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly bitsPerSample: 16;
  readonly channelCount: number;
  readonly numberOfFrames: number;
}
